import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import type { Checkout } from "./checkout.ts";
import { processesMentioning, runningProcesses } from "./machine.ts";

/** Everything of a checkout's that runs, at once and without a word; also what was just being started. */
export async function killAll(checkout: Checkout): Promise<void> {
  const mine = (): number[] =>
    runningProcesses()
      .filter(({ argv }) => argv.some((word) => word.includes(checkout.folder)))
      .map(({ pid }) => pid);
  for (const until = Date.now() + 10_000; mine().length > 0 && Date.now() < until; await pause(50)) {
    for (const pid of mine()) process.kill(pid, "SIGKILL");
  }
  assert.deepEqual(processesMentioning(checkout.folder), []);
}
