import { bringUp, must } from "../command.ts";
import { placeOf } from "../place.ts";

const NAME = "faults";

/** The box whose servers have no machines: one for all tests of it, so that it starts once. */
export const place = placeOf(NAME);

/** Brings it up, or tells loudly that nothing was tested where its packages cannot be had. */
export const ensureFakeBox = (test: Mocha.Context): Promise<void> => bringUp(test, "--name", NAME, "--fake-compute");

/** Sets quotas of the tests' project: `instances=3`. */
export const setQuota = async (...quotas: string[]): Promise<void> =>
  void (await must("quota", "--name", NAME, ...quotas));

// Whichever file of tests comes last.
after(async function () {
  this.timeout(400_000);
  await must("down", "--name", NAME);
});
