import { parseArgs } from "node:util";
import { down, status, up } from "./box.ts";
import { type Place, placeOf } from "./place.ts";
import { setQuotas } from "./project.ts";
import { BoxUnavailable } from "./unavailable.ts";

const USAGE = `usage: box up              start it; nothing happens where it runs. With --fake-compute servers are a pretence of Nova's
       box down            take everything away; with --everybodys also when other state folders use it
       box status          whether it is up
       box credentials     lines for eval
       box quota NAME=N…   set quotas of the project; -1 = without limit
       with --name NAME    another box beside the usual one
`;

/** EX_UNAVAILABLE of sysexits.h: packages cannot be had. */
const UNAVAILABLE = 69;

const say = (line: string): void => void process.stderr.write(`box: ${line}\n`);

interface Asked {
  args: string[];
  everybodys: boolean;
  fakeCompute: boolean;
}

const commands: Record<string, (place: Place, asked: Asked) => Promise<number>> = {
  up: async (place, { fakeCompute }) => (await up(place, say, { fakeCompute }), 0),
  down: async (place, { everybodys }) => (await down(place, { everybodys }), 0),
  status: async (place) => {
    const found = await status(place);
    process.stdout.write(`${found.text}\n`);
    return found.up ? 0 : 1;
  },
  credentials: async ({ cloudsFile }) => {
    process.stdout.write(`export OS_CLIENT_CONFIG_FILE='${cloudsFile}' OS_CLOUD=box\n`);
    return Promise.resolve(0);
  },
  quota: async (place, { args }) => {
    await setQuotas(place, Object.fromEntries(args.map(quotaIn)));
    return 0;
  },
};

function quotaIn(argument: string): [string, number] {
  const [, name = "", value = ""] = /^(\w+)=(-?\d+)$/.exec(argument) ?? [];
  if (name === "") throw new Error(`found "${argument}", allowed: NAME=NUMBER`);
  return [name, Number(value)];
}

const OPTIONS = {
  name: { type: "string" },
  everybodys: { type: "boolean", default: false },
  "fake-compute": { type: "boolean", default: false },
} as const;

async function main(argv: string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({ args: argv, options: OPTIONS, allowPositionals: true });
    const [command = "", ...args] = positionals;
    const action = commands[command];
    if (action === undefined || (values.name !== undefined && !/^[a-z0-9]{1,20}$/.test(values.name))) {
      process.stderr.write(USAGE);
      return 2;
    }
    const { everybodys, "fake-compute": fakeCompute } = values;
    return await action(placeOf(values.name), { args, everybodys, fakeCompute });
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return error instanceof BoxUnavailable ? UNAVAILABLE : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
