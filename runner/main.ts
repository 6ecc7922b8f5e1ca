import { parseArgs } from "node:util";
import type { z } from "zod";

const usage = `muster-runner identity                       print a new cluster identity
muster-runner nonce                          print a random text
muster-runner bundle                         make what nodes configure themselves with; print its name and place
muster-runner ready                          bring about the job that stdin names
muster-runner verify --cluster ID [--json]   check the cluster as it is
muster-runner run --cluster ID --on NODE[,NODE…] [--concurrency N] [--timeout SECONDS] -- COMMAND
`;

/** Starts as little as each command needs: the engine waits for every one of them. */
async function main(argv: string[]): Promise<number> {
  const [command, ...rest] = argv;
  switch (command) {
    case "identity": {
      const { newIdentity } = await import("./identity.ts");
      process.stdout.write(JSON.stringify(newIdentity()));
      return 0;
    }
    case "nonce": {
      const { randomBytes } = await import("node:crypto");
      process.stdout.write(randomBytes(16).toString("hex"));
      return 0;
    }
    case "bundle": {
      const { buildBundle } = await import("./bundle/index.ts");
      process.stdout.write(`${JSON.stringify(await buildBundle())}\n`);
      return 0;
    }
    case "ready": {
      const [{ ready }, { readyInput }] = await Promise.all([
        import("./commands/ready.ts"),
        import("./commands/ready-input.ts"),
      ]);
      return ready(parseInput(readyInput, await stdin()), {
        artifact: async (id, signal) => (await import("./artifacts/index.ts")).ensureArtifact(id, signal),
        bundle: async () => (await import("./bundle/index.ts")).buildBundle(),
      });
    }
    case "verify": {
      const options = { cluster: { type: "string" }, json: { type: "boolean", default: false } } as const;
      const { values } = parseArgs({ args: rest, options });
      const { verifyCommand } = await import("./commands/verify.ts");
      return verifyCommand(needed(values.cluster, "--cluster"), values.json);
    }
    case "run": {
      const options = {
        cluster: { type: "string" },
        on: { type: "string" },
        concurrency: { type: "string", default: "16" },
        timeout: { type: "string", default: "3600" },
      } as const;
      const { values, positionals } = parseArgs({ args: rest, options, allowPositionals: true });
      needed(positionals[0], "-- COMMAND");
      const { runOnNodes } = await import("./commands/run.ts");
      return runOnNodes({
        clusterId: needed(values.cluster, "--cluster"),
        nodes: needed(values.on, "--on").split(",").filter(Boolean),
        command: positionals,
        concurrency: wholeNumber(values.concurrency, "--concurrency"),
        timeoutSeconds: wholeNumber(values.timeout, "--timeout"),
      });
    }
    default:
      throw new Misused(command === undefined ? "a command is needed" : `unknown command ${command}`);
  }
}

class Misused extends Error {}

/** What stdin holds is secret: an error says where it is wrong, not what was found. */
function parseInput<Input>(schema: z.ZodType<Input>, text: string): Input {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Misused("stdin is not JSON");
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    throw new Misused(
      `stdin: not as expected at ${parsed.error.issues.map((issue) => issue.path.join(".")).join(", ")}`,
    );
  return parsed.data;
}

function needed(value: string | undefined, option: string): string {
  if (value === undefined || value === "") throw new Misused(`${option} is needed`);
  return value;
}

function wholeNumber(text: string, option: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Misused(`${option} ${text}: a whole number from 1 is needed`);
  return value;
}

async function stdin(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

try {
  const code = await main(process.argv.slice(2));
  // Sockets and timers that nobody waits for must not hold the engine.
  await new Promise((resolve) => process.stdout.write("", resolve));
  process.exit(code);
} catch (error) {
  const misused = error instanceof Misused || (error as NodeJS.ErrnoException).code?.startsWith("ERR_PARSE_ARGS");
  process.stderr.write(`muster-runner: ${(error as Error).message}\n${misused ? `\n${usage}` : ""}`);
  process.exit(misused ? 2 : 1);
}
