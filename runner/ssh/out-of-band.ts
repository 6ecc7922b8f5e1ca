import { setTimeout as pause } from "node:timers/promises";
import { type KeyReading, keyReading } from "../../contract/key-reading.ts";
import { runChild } from "../process/children.ts";

/** Machines of one cluster boot together: who asks so soon after another is asked for together with it. */
const gatherMs = 25;
const timeoutMs = 15_000;

/** Readings that are still gathered, by the tool that will be asked. */
const gathering = new Map<string, { machines: Set<string>; readings: Promise<KeyReading[]> }>();

/**
 * The machine's public host keys (`ssh-ed25519 AAAA…`), by the cloud's own tool and past the network.
 * @param tool Its argv, to which machines are added.
 * @throws why there are none yet
 */
export async function keysOutOfBand(tool: readonly string[], machine: string): Promise<string[]> {
  const name = tool.join("\0");
  let together = gathering.get(name);
  if (together === undefined) {
    const machines = new Set<string>();
    const readings = pause(gatherMs).then(() => {
      gathering.delete(name);
      return read(tool, [...machines]);
    });
    together = { machines, readings };
    gathering.set(name, together);
  }
  together.machines.add(machine);
  const reading = (await together.readings).find((one) => one.machine === machine);
  if (reading === undefined) throw new Error("no machine yet");
  if ("reason" in reading) throw new Error(reading.reason);
  return reading.keys;
}

async function read(tool: readonly string[], machines: readonly string[]): Promise<KeyReading[]> {
  const asked = await runChild([...tool, ...machines], timeoutMs);
  if (asked.timedOut) throw new Error(`its host key could not be read in ${timeoutMs / 1000} s`);
  if (asked.code !== 0) throw new Error(asked.stderr.trim().split("\n").at(-1) || "no machine yet");
  return asked.stdout
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => keyReading.parse(JSON.parse(line)));
}
