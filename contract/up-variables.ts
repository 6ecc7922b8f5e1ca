/** Names of clusters, by commas, that the program builds as they were applied last, whatever the config says by now. */
const ROLLBACK_VARIABLE = "MUSTER_ROLLBACK";
/** When the person began to wait, in milliseconds since the epoch: the deadline for the whole run counts from there. */
const SINCE_VARIABLE = "MUSTER_SINCE";

/** The environment of a run that brings clusters back to what was applied last. */
export const rollbackEnvironment = (clusters: readonly string[]): Record<string, string> => ({
  [ROLLBACK_VARIABLE]: clusters.join(","),
});

export const clustersToRollBack = (environment: NodeJS.ProcessEnv = process.env): string[] =>
  (environment[ROLLBACK_VARIABLE] ?? "").split(",").filter((name) => name !== "");

/** The environment of a run that began at a moment. */
export const sinceEnvironment = (at: number): Record<string, string> => ({ [SINCE_VARIABLE]: String(Math.round(at)) });

/** When the run began; `now` where nobody says it, or nothing that can be. */
export function runSince(now = Date.now(), environment: NodeJS.ProcessEnv = process.env): number {
  const since = Number(environment[SINCE_VARIABLE]);
  return Number.isFinite(since) && since > 0 && since <= now ? since : now;
}
