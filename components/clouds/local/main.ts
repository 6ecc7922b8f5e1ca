import { tellMachineFailure } from "../../../contract/machine-failures.ts";
import { endChildren, whenOrphaned } from "../../process.ts";
import { Parameters } from "./parameters.ts";

const USAGE = `usage: muster-local network|volume|host ensure|delete   (parameters in environment variables)
       muster-local host restart HOST
       muster-local image ensure
       muster-local host-keys HOST/GENERATION…   (a line of JSON for each)
`;

type Action = (args: string[]) => Promise<object | string>;

const given = new Parameters(process.env);

/** Loaded when needed: this program starts once for every host. */
const actions: Record<string, Action> = {
  "network ensure": async () => (await import("./network.ts")).ensureNetwork(given),
  "network delete": async () => (await import("./network.ts")).deleteNetwork(given),
  "volume ensure": () => forMachine("its data volume", async () => (await import("./volume.ts")).ensureVolume(given)),
  "volume delete": async () => (await import("./volume.ts")).deleteVolume(given),
  "host ensure": () => forMachine("its host", async () => (await import("./host.ts")).ensureHost(given)),
  "host delete": async () => (await import("./host.ts")).deleteHost(given),
  "host restart": async ([name = ""]) => (await import("./host.ts")).restartHost(name),
  "image ensure": async () => (await import("./image.ts")).ensureImage(),
  "host-keys": async (machines) => {
    const readings = await (await import("./host-key.ts")).hostKeys(machines);
    return readings.map((reading) => JSON.stringify(reading)).join("\n");
  },
};

/** Does what a machine needs; the runner, which waits for the machine, is told when it fails. */
async function forMachine(what: string, work: () => Promise<object>): Promise<object> {
  try {
    return await work();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    tellMachineFailure(given.text("CLUSTER_ID"), given.name("NODE"), `${what} could not be made: ${reason}`);
    throw error;
  }
}

async function main(argv: string[]): Promise<number> {
  const words = argv[0] === "host-keys" ? 1 : 2;
  const action = actions[argv.slice(0, words).join(" ")];
  if (!action) {
    process.stderr.write(USAGE);
    return 2;
  }
  try {
    const result = await action(argv.slice(words));
    process.stdout.write(`${typeof result === "string" ? result : JSON.stringify(result)}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    endChildren();
    process.exit(1);
  });
}

// What may be ended, a long build, ends then too; what may not, podman's changes of its records, is let finish.
whenOrphaned(endChildren);

process.exitCode = await main(process.argv.slice(2));
