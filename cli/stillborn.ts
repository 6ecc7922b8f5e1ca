import type { ObservedMachine } from "../components/clouds/cloud.ts";
import type { NodeResult } from "../contract/summary.ts";
import type { ClusterPlan } from "../plan/cluster-plan.ts";

/** A machine that came to the world for nothing. */
export interface Stillborn {
  name: string;
  /** `broken`: the cloud says so, and the next pass replaces it by itself. `silent`: it runs, but never answered. */
  how: "broken" | "silent";
  reason: string;
}

/**
 * Machines that were made since `had` and that a new try may replace, since there is nothing on them. Where nobody
 * answers at all the way to them is at fault, and nobody counts as silent.
 * @param had the cloud's own ids of the machines before
 * @param results how the last run of the cluster ended for each node
 */
export function stillborn(
  plan: ClusterPlan,
  had: ReadonlySet<string>,
  now: readonly ObservedMachine[],
  results: readonly NodeResult[],
): Stillborn[] {
  const isUnreachable = ({ state, stage }: NodeResult): boolean => state === "unreachable" && stage === "machine";
  const silent = new Map(results.filter(isUnreachable).map((result) => [result.name, result.reason]));
  const someAnswer = results.some((result) => !isUnreachable(result));
  const planned = new Set(plan.nodes.map(({ name }) => name));
  return now
    .filter(({ id, name }) => planned.has(name) && !had.has(id))
    .flatMap(({ name, broken, running, reason }): Stillborn[] => {
      if (broken === true) return [{ name, how: "broken", reason: reason ?? "it failed" }];
      if (!running || !someAnswer || !silent.has(name)) return [];
      return [{ name, how: "silent", reason: silent.get(name) ?? "it does not answer" }];
    });
}
