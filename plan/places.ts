import type { NodePlan } from "./cluster-plan.ts";
import { seatsOf } from "./placement.ts";
import type { ClusterSpec } from "./spec.ts";

/** The word for every node. */
export const EVERYWHERE = "all";

/** What `on` may name in a cluster's config: `all`, role tags, pools, nodes. */
export function placesOf(spec: ClusterSpec): string[] {
  const seats = seatsOf(spec);
  const tags = seats.flatMap((seat) => seat.roles);
  const pools = seats.map((seat) => seat.pool.name);
  return [...new Set([EVERYWHERE, ...tags, ...pools, ...seats.map((seat) => seat.name)])];
}

/** Whether `on` means this node. */
export const isMeant = (on: string, { name, pool, roles }: Pick<NodePlan, "name" | "pool" | "roles">): boolean =>
  on === EVERYWHERE || on === name || on === pool || roles.some((role) => role === on);
