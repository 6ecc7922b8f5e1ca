import { down, status, up } from "./box.ts";
import { cloudsFile } from "./place.ts";
import { setQuotas } from "./project.ts";
import { BoxUnavailable } from "./unavailable.ts";

const USAGE = `usage: box up              start it; nothing happens where it runs
       box down            take everything away; with --everybodys also when other state folders use it
       box status          whether it is up
       box credentials     lines for eval
       box quota NAME=N…   set quotas of the project; -1 = without limit
`;

/** EX_UNAVAILABLE of sysexits.h: packages cannot be had. */
const UNAVAILABLE = 69;

const say = (line: string): void => void process.stderr.write(`box: ${line}\n`);

const commands: Record<string, (args: string[]) => Promise<number>> = {
  up: async () => (await up(say), 0),
  down: async (args) => (await down({ everybodys: args.includes("--everybodys") }), 0),
  status: async () => {
    const found = await status();
    process.stdout.write(`${found.text}\n`);
    return found.up ? 0 : 1;
  },
  credentials: async () => {
    process.stdout.write(`export OS_CLIENT_CONFIG_FILE='${cloudsFile()}' OS_CLOUD=box\n`);
    return Promise.resolve(0);
  },
  quota: async (args) => {
    await setQuotas(Object.fromEntries(args.map(quotaIn)));
    return 0;
  },
};

function quotaIn(argument: string): [string, number] {
  const [, name = "", value = ""] = /^(\w+)=(-?\d+)$/.exec(argument) ?? [];
  if (name === "") throw new Error(`found "${argument}", allowed: NAME=NUMBER`);
  return [name, Number(value)];
}

async function main([command = "", ...args]: string[]): Promise<number> {
  const action = commands[command];
  if (action === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  try {
    return await action(args);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return error instanceof BoxUnavailable ? UNAVAILABLE : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
