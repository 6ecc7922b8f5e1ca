import { freeSubnet, subnetsOverlap } from "./addressing.ts";
import type { ClusterPlan } from "./cluster-plan.ts";
import type { Mistake } from "./mistake.ts";

/** A network that is in use already, and what uses it, for people. */
export interface TakenNetwork {
  /** CIDR. */
  subnet: string;
  owner: string;
}

/**
 * Clusters whose subnet touches another cluster's or a taken network, with a free one named. Default subnets are chosen
 * by hash, so this can happen without anybody's fault. Paths relative to the cluster's name.
 */
export function networkClashes(plans: readonly ClusterPlan[], taken: readonly TakenNetwork[] = []): Mistake[] {
  const all = [...taken, ...plans.map((plan) => ({ subnet: plan.network.subnet, owner: `cluster ${plan.ref.name}` }))];
  return plans.flatMap((plan, at) => {
    const { subnet } = plan.network;
    const earlier = all.slice(0, taken.length + at);
    const clash = earlier.find((other) => subnetsOverlap(other.subnet, subnet));
    if (clash === undefined) return [];
    const free = freeSubnet(
      all.map((other) => other.subnet),
      plan.ref.id,
    );
    const advice = free === undefined ? "set subnet to a free private network" : `free: ${free}, e.g. subnet: ${free}`;
    const found = plan.spec.subnet === undefined ? `${subnet} (by default)` : subnet;
    return [
      { path: `${plan.ref.name}.subnet`, found, allowed: `overlaps ${clash.subnet} of ${clash.owner}; ${advice}` },
    ];
  });
}
