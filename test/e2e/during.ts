import { setTimeout as pause } from "node:timers/promises";
import type { Started } from "./checkout.ts";

/** Waits until something holds, while a run goes on; fails when the run ends before. */
export async function during(run: Started, what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    if (run.child.exitCode !== null) {
      const { stdout, stderr } = await run.ended;
      throw new Error(`the run ended before ${what}\n${stdout}\n${stderr}`);
    }
    await pause(50);
  }
}
