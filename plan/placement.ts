import type { Mistake } from "./mistake.ts";
import { isPlain } from "./kinds.ts";
import { comparePools, nodeName } from "./names.ts";
import type { PlannedDaemon, ServiceRegistry } from "./service.ts";
import { daemonsIn } from "./service-context.ts";
import type { ClusterSpec, PoolSpec, RoleTag } from "./spec.ts";

/** A node before anything is placed on it. */
export interface NodeSeat {
  name: string;
  pool: PoolSpec;
  ordinal: number;
  /** Its pool's role tags; of plain pools the first node that stays is a master, too, where no pool has that role. */
  roles: RoleTag[];
}

/** Every node of a cluster, those left out excluded; ordered by pool, then ordinal. */
export const seatsOf = (spec: ClusterSpec): NodeSeat[] => {
  const seats = allSeats(spec).filter(stays);
  const [first, ...others] = seats;
  const lacksMaster = isPlain(spec.kind) && !spec.pools.some((pool) => pool.roles.includes("master"));
  return first === undefined || !lacksMaster ? seats : [{ ...first, roles: ["master", ...first.roles] }, ...others];
};

/** Daemon names by node name, in the services' order. `one` daemons are spread over the candidates by `prefer`. */
export function placeDaemons(spec: ClusterSpec, registry: ServiceRegistry): Map<string, string[]> {
  const seats = allSeats(spec);
  const placed = new Map(seats.filter(stays).map((seat) => [seat.name, [] as string[]]));
  for (const { name, daemon } of daemonsOf(spec, registry)) {
    const candidates = seats.filter((seat) => mayCarry(seat, daemon));
    const chosen = daemon.instances === "all" ? candidates.filter(stays) : chosenOne(candidates, daemon);
    for (const seat of chosen) placed.get(seat.name)?.push(name);
  }
  return placed;
}

/** What cannot be placed; paths relative to the cluster. */
export function placementMistakes(spec: ClusterSpec, registry: ServiceRegistry): Mistake[] {
  const mistakes: Mistake[] = [];
  const seats = seatsOf(spec);
  const carries = (tag: RoleTag | "all") => tag === "all" || seats.some((seat) => seat.roles.includes(tag));
  if (seats.length === 0 && spec.pools.length > 0) {
    mistakes.push({ path: "pools", found: "every node left out", allowed: "keep at least one node" });
  } else if (!carries("master")) {
    const allowed = "needed: a pool with role master, whose nodes serve names and time";
    mistakes.push(leftOutMaster(spec) ?? { path: "pools", found: "no node with role master", allowed });
  }
  for (const { service, name, daemon } of daemonsOf(spec, registry)) {
    // Who is a master only because nobody else is may be another node tomorrow: no place for a daemon.
    const hasPlace = seats.some((seat) => mayCarry(seat, daemon));
    if (!hasPlace && (daemon.on !== "master" || carries("master"))) {
      const found = `no node with role ${daemon.on}`;
      const allowed = `${name} of ${service} needs one: give a pool the role ${daemon.on}, or turn ${service} off`;
      mistakes.push({ path: "pools", found, allowed });
    }
    const home = homeThatLeft(spec, daemon);
    if (home !== undefined && carries(daemon.on)) {
      const allowed = `holds the data of ${name}, which does not move to another node by itself`;
      mistakes.push({ path: `pools.${home.pool.name}.without`, found: home.name, allowed });
    }
  }
  return mistakes;
}

function allSeats(spec: ClusterSpec): NodeSeat[] {
  return [...spec.pools].sort(comparePools).flatMap((pool) =>
    Array.from({ length: pool.count }, (_, at) => ({
      name: nodeName(spec.name, pool.name, at + 1),
      pool,
      ordinal: at + 1,
      roles: pool.roles,
    })),
  );
}

function daemonsOf(
  spec: ClusterSpec,
  registry: ServiceRegistry,
): { service: string; name: string; daemon: PlannedDaemon }[] {
  return Object.entries(registry)
    .filter(([service]) => Object.hasOwn(spec.services, service))
    .flatMap(([service, definition]) =>
      daemonsIn(definition, spec).map(([name, daemon]) => ({ service, name, daemon })),
    );
}

const mayCarry = ({ pool }: NodeSeat, { on }: PlannedDaemon): boolean => on === "all" || pool.roles.includes(on);

const stays = ({ pool, ordinal }: NodeSeat): boolean => !pool.without.includes(ordinal);

/** The candidate at `prefer`; while that one is left out the next that stays, so that nothing else moves. */
function chosenOne(candidates: NodeSeat[], daemon: PlannedDaemon): NodeSeat[] {
  const first = homeOf(candidates, daemon);
  const chosen = [...candidates.slice(first), ...candidates.slice(0, first)].find(stays);
  return chosen === undefined ? [] : [chosen];
}

const homeOf = (candidates: NodeSeat[], daemon: PlannedDaemon): number =>
  (daemon.prefer ?? 0) % Math.max(1, candidates.length);

/** The node of a single stateful daemon if it is left out: its data would be left behind. */
function homeThatLeft(spec: ClusterSpec, daemon: PlannedDaemon): NodeSeat | undefined {
  if (daemon.instances === "all" || daemon.stateful !== true || daemon.rebuildable === true) return undefined;
  const candidates = allSeats(spec).filter((seat) => mayCarry(seat, daemon));
  const home = candidates[homeOf(candidates, daemon)];
  return home === undefined || stays(home) ? undefined : home;
}

function leftOutMaster(spec: ClusterSpec): Mistake | undefined {
  const pool = spec.pools.find((candidate) => candidate.roles.includes("master"));
  if (pool === undefined) return undefined;
  const names = pool.without.map((ordinal) => nodeName(spec.name, pool.name, ordinal)).join(", ");
  return {
    path: `pools.${pool.name}.without`,
    found: names,
    allowed: "no node with role master would be left; keep at least one",
  };
}
