import assert from "node:assert/strict";
import { box, must, skipUnavailable } from "../command.ts";
import { placeOf } from "../place.ts";

const NAME = "faults";

/** The box whose servers have no machines: one for all tests of it, so that it starts once. */
export const place = placeOf(NAME);

/** Brings it up, or tells loudly that nothing was tested where its packages cannot be had. */
export async function ensureFakeBox(context: Mocha.Context): Promise<void> {
  const started = await box("up", "--name", NAME, "--fake-compute");
  skipUnavailable(context, started);
  assert.equal(started.exitCode, 0, started.all);
}

/** Sets quotas of the tests' project: `instances=3`. */
export const setQuota = async (...quotas: string[]): Promise<void> =>
  void (await must("quota", "--name", NAME, ...quotas));

// Whichever file of tests comes last.
after(async function () {
  this.timeout(400_000);
  await must("down", "--name", NAME);
});
