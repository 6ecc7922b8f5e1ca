import type { ClusterPlan, NodePlan } from "../../../plan/cluster-plan.ts";
import type { Mistake } from "../../../plan/mistake.ts";
import type { OpenStackOptions } from "./options.ts";

/** Nodes that people and the runner go through to the others; more would only be more to guard. */
const MOST_BASTIONS = 2;

/** Which nodes have an address outside, and by which of them the others are reached. */
export interface Outside {
  /** Node names with the reserved address where the user gave one. */
  public: ReadonlyMap<string, { reserved?: string }>;
  /** Node names; empty when the operator reaches the cluster's network itself. */
  bastions: readonly string[];
}

/** The floating IPs' policy, applied to a plan. */
export function outsideOf(plan: ClusterPlan, { floatingIps }: Pick<OpenStackOptions, "floatingIps">): Outside {
  if (floatingIps === "none") return { public: new Map(), bastions: [] };
  const masters = plan.nodes.filter((node) => node.roles.includes("master"));
  const first = new Set(masters.slice(0, MOST_BASTIONS).map((node) => node.name));
  const found = new Map<string, { reserved?: string }>();
  for (const node of plan.nodes) {
    const policy = floatingIps[node.pool];
    if (policy === undefined ? first.has(node.name) : policy === "all") found.set(node.name, {});
    else if (policy === "bastions") {
      const pool = plan.nodes.filter((other) => other.pool === node.pool);
      if (pool.indexOf(node) < MOST_BASTIONS) found.set(node.name, {});
    } else if (Array.isArray(policy)) {
      const reserved = policy[node.ordinal - 1];
      if (reserved !== undefined) found.set(node.name, { reserved });
    }
  }
  const reachable = plan.nodes.filter((node) => found.has(node.name));
  const ordered = [...reachable].sort((a, b) => rank(a) - rank(b));
  return { public: found, bastions: ordered.slice(0, MOST_BASTIONS).map((node) => node.name) };
}

const rank = (node: NodePlan): number => (node.roles.includes("master") ? 0 : 1);

/** The bastion of a node: in turn, so that one that is lost does not take all with it. */
export function bastionOf({ bastions, public: own }: Outside, node: NodePlan): string | undefined {
  return own.has(node.name) ? undefined : bastions[node.ordinal % bastions.length];
}

/** Each machine of a pool needs an address, where the pool has its own. */
export function reservedMistakes(plan: ClusterPlan, { floatingIps }: Pick<OpenStackOptions, "floatingIps">): Mistake[] {
  if (floatingIps === "none") return [];
  return Object.entries(floatingIps).flatMap(([pool, policy]) => {
    const highest = Math.max(0, ...plan.nodes.filter((node) => node.pool === pool).map((node) => node.ordinal));
    if (!Array.isArray(policy) || policy.length <= highest) return [];
    const allowed = `pool ${pool} of ${plan.ref.name} has ${highest}: give each its address, in order`;
    return [{ path: `muster:cloud.floatingIps.${pool}`, found: `${policy.length} addresses`, allowed }];
  });
}
