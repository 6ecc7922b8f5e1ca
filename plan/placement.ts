import type { Mistake } from "./mistake.ts";
import { comparePools, nodeName } from "./names.ts";
import type { DaemonDefinition, ServiceRegistry } from "./service.ts";
import type { ClusterSpec, PoolSpec } from "./spec.ts";

/** A node before anything is placed on it. */
export interface NodeSeat {
  name: string;
  pool: PoolSpec;
  ordinal: number;
}

/** Every node of a cluster, those left out excluded; ordered by pool, then ordinal. */
export const seatsOf = (spec: ClusterSpec): NodeSeat[] =>
  allSeats(spec).filter(({ pool, ordinal }) => !pool.without.includes(ordinal));

/** Daemon names by node name, in the services' order. `one` daemons are spread over the candidates by `prefer`. */
export function placeDaemons(spec: ClusterSpec, registry: ServiceRegistry): Map<string, string[]> {
  const seats = seatsOf(spec);
  const placed = new Map(seats.map((seat) => [seat.name, [] as string[]]));
  for (const { name, daemon } of daemonsOf(spec, registry)) {
    const candidates = seats.filter((seat) => seat.pool.roles.includes(daemon.on));
    const chosen = daemon.instances === "all" ? candidates : chosenOne(candidates, daemon);
    for (const seat of chosen) placed.get(seat.name)?.push(name);
  }
  return placed;
}

/** What cannot be placed; paths relative to the cluster. */
export function placementMistakes(spec: ClusterSpec, registry: ServiceRegistry): Mistake[] {
  const mistakes: Mistake[] = [];
  const seats = seatsOf(spec);
  const carries = (tag: string) => seats.some((seat) => seat.pool.roles.includes(tag as PoolSpec["roles"][number]));
  if (!carries("master")) {
    const allowed = "needed: a pool with role master, whose nodes serve names and time";
    mistakes.push(leftOutMaster(spec) ?? { path: "pools", found: "no node with role master", allowed });
  }
  for (const { service, name, daemon } of daemonsOf(spec, registry)) {
    if (!carries(daemon.on) && daemon.on !== "master") {
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
  return [...spec.pools]
    .sort(comparePools)
    .flatMap((pool) =>
      Array.from({ length: pool.count }, (_, at) => ({
        name: nodeName(spec.name, pool.name, at + 1),
        pool,
        ordinal: at + 1,
      })),
    );
}

function daemonsOf(
  spec: ClusterSpec,
  registry: ServiceRegistry,
): { service: string; name: string; daemon: DaemonDefinition }[] {
  return Object.entries(registry)
    .filter(([service]) => Object.hasOwn(spec.services, service))
    .flatMap(([service, { daemons }]) => Object.entries(daemons).map(([name, daemon]) => ({ service, name, daemon })));
}

function chosenOne(candidates: NodeSeat[], daemon: DaemonDefinition): NodeSeat[] {
  const chosen = candidates[(daemon.prefer ?? 0) % Math.max(1, candidates.length)];
  return chosen === undefined ? [] : [chosen];
}

/** The node of a single stateful daemon if it is left out: its data would be left behind. */
function homeThatLeft(spec: ClusterSpec, daemon: DaemonDefinition): NodeSeat | undefined {
  if (daemon.instances === "all" || daemon.stateful !== true) return undefined;
  const [home] = chosenOne(
    allSeats(spec).filter((seat) => seat.pool.roles.includes(daemon.on)),
    daemon,
  );
  return home?.pool.without.includes(home.ordinal) === true ? home : undefined;
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
