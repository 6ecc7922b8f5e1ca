import type { Check, JobNode, JobPool } from "../../contract/job.ts";
import type { CheckResult, NodeResult, RunSummary } from "../../contract/summary.ts";

export interface Outcome {
  state: RunSummary["state"];
  /** Why it is not ready, for people. */
  reason?: string;
}

export interface Facts {
  pools: readonly JobPool[];
  nodes: readonly Pick<JobNode, "name" | "pool">[];
  results: readonly Pick<NodeResult, "name" | "state">[];
  checks: readonly CheckResult[];
}

/**
 * Ready: everything is. Degraded: each pool keeps its quorum, and whatever failed is explained by nodes that are not
 * ready or was not required. Failed: all else.
 */
export function judge(facts: Facts): Outcome {
  const missing = notReady(facts);
  const broken = brokenPools(facts, missing);
  if (broken.length > 0) return { state: "failed", reason: broken.join("; ") };
  const failed = facts.checks.filter((check) => !check.ok);
  const fatal = failed.filter((check) => !isTolerable(check, facts));
  if (fatal.length > 0)
    return { state: "failed", reason: fatal.map((check) => `${check.name}: ${check.detail}`).join("; ") };
  if (missing.size === 0 && failed.length === 0) return { state: "ready" };
  const nodes = missing.size === 0 ? [] : [`not ready: ${[...missing].sort().join(", ")}`];
  const optional = failed
    .filter((check) => (check.missing ?? []).length === 0)
    .map((check) => `${check.name}: ${check.detail}`);
  return { state: "degraded", reason: [...nodes, ...optional].join("; ") };
}

/** Whether a failed check leaves the cluster usable: not required, or only members within the quorum are missing. */
function isTolerable(check: CheckResult, facts: Facts): boolean {
  if (check.required === false) return true;
  const known = new Set(facts.nodes.map((node) => node.name));
  const named = check.missing ?? [];
  return named.length > 0 && named.every((name) => known.has(name)) && brokenPools(facts, notReady(facts)).length === 0;
}

/** Whether checks that come after this one may run. */
export function opensTheWay(check: CheckResult, facts: Facts): boolean {
  return check.ok || isTolerable(check, facts);
}

/** A check's `on`, without nodes that are not there to be asked. */
export function askedNodes(check: Check, ready: readonly string[]): string[] {
  const there = check.on.filter((name) => ready.includes(name));
  return check.mode === "any" ? there.slice(0, 1) : there;
}

function notReady(facts: Facts): Set<string> {
  const ready = new Set(facts.results.filter((result) => result.state === "ready").map((result) => result.name));
  const missing = new Set(facts.nodes.filter((node) => !ready.has(node.name)).map((node) => node.name));
  const known = new Set(facts.nodes.map((node) => node.name));
  for (const check of facts.checks) {
    if (check.ok || check.required === false) continue;
    for (const name of check.missing ?? []) if (known.has(name)) missing.add(name);
  }
  return missing;
}

function brokenPools(facts: Facts, missing: ReadonlySet<string>): string[] {
  return facts.pools.flatMap((pool) => {
    const members = facts.nodes.filter((node) => node.pool === pool.name);
    const ready = members.filter((node) => !missing.has(node.name)).length;
    const needed = Math.min(pool.minReady, members.length);
    if (ready >= needed) return [];
    const lost = members.filter((node) => missing.has(node.name)).map((node) => node.name);
    return [`pool ${pool.name}: ${ready} of ${members.length} ready, at least ${needed} needed (${shortList(lost)})`];
  });
}

/** Names for one line: the first few. */
export function shortList(names: readonly string[], most = 5): string {
  const rest = names.length - most;
  return rest > 0 ? `${names.slice(0, most).join(", ")} and ${rest} more` : names.join(", ");
}
