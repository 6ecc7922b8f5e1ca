import assert from "node:assert/strict";
import { execa, type ResultPromise } from "execa";

const UNAVAILABLE = 69;
/** Seconds: packages may have to be installed first. */
export const COLD = 1500;
export const WARM = 400;

/** The box's own command, as a person types it. */
export function box(...args: string[]): ResultPromise<{ reject: false; all: true; detached: true }> {
  const options = { reject: false, all: true, detached: true, timeout: COLD * 1000 } as const;
  return execa(`${import.meta.dirname}/box`, args, options);
}

/** Runs it to its good end; returns the seconds that it took. */
export async function must(...args: string[]): Promise<number> {
  const begun = Date.now();
  const { exitCode, all } = await box(...args);
  assert.equal(exitCode, 0, all);
  return (Date.now() - begun) / 1000;
}

/** Leaves out what cannot be tested here, and says so where nobody overlooks it. */
export function skipUnavailable(test: Mocha.Context, { exitCode, all }: Awaited<ReturnType<typeof box>>): void {
  if (exitCode !== UNAVAILABLE) return;
  process.stderr.write(`\n  OpenStack was NOT tested.\n${all}\n\n`);
  test.skip();
}

/** Starts a box, or leaves out what needs it where it cannot be had. `how`: its name, and what servers it has. */
export async function bringUp(test: Mocha.Context, ...how: string[]): Promise<void> {
  const started = await box("up", ...how);
  skipUnavailable(test, started);
  assert.equal(started.exitCode, 0, started.all);
}
