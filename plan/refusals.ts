import { addressOf, DEFAULT_PREFIX, DEFAULT_RANGE, largestOrdinal, prefixFor, slotsOf } from "./addressing.ts";
import type { NodePlan } from "./cluster-plan.ts";
import type { Mistake } from "./mistake.ts";
import { fqdnOf } from "./names.ts";
import { placeDaemons, placementMistakes, seatsOf } from "./placement.ts";
import type { PlannedDaemon, ServiceRegistry } from "./service.ts";
import { daemonsIn, plannedServices } from "./service-context.ts";
import { memoryMistake, shareMemory } from "./sizing.ts";
import type { ClusterSpec } from "./spec.ts";

/** Everything that keeps a spec from being planned; paths relative to the cluster. Empty: it can be planned. */
export function planMistakes(spec: ClusterSpec, registry: ServiceRegistry): Mistake[] {
  const hosts = [...placementMistakes(spec, registry), ...memoryMistakes(spec, registry)];
  const room = roomMistakes(spec);
  // Services look at a whole cluster; with holes in it they would complain of mere consequences.
  if (hosts.length > 0) return [...hosts, ...room];
  const subnet = spec.subnet ?? EXAMPLE_SUBNET;
  const services = plannedServices(spec, subnet, draftNodes(spec, subnet, registry), registry);
  return [...room, ...services.flatMap(({ definition, context }) => definition.refuse(context))];
}

const EXAMPLE_SUBNET = `${DEFAULT_RANGE.split("/")[0]}/${DEFAULT_PREFIX}`;

/** Nodes with all but `apply`. The spec has been found to fit. */
export function draftNodes(spec: ClusterSpec, subnet: string, registry: ServiceRegistry): NodePlan[] {
  const daemonsBy = placeDaemons(spec, registry);
  const definitions = definitionsOf(spec, registry);
  const slots = slotsOf(spec.pools);
  return seatsOf(spec).map(({ name, pool, ordinal, roles }) => {
    const daemons = daemonsBy.get(name) ?? [];
    const placed = select(definitions, daemons);
    return {
      name,
      fqdn: fqdnOf(spec.name, name),
      pool: pool.name,
      ordinal,
      roles,
      address: addressOf(subnet, slots.get(pool.name) ?? 0, ordinal),
      size: pool.size,
      daemons,
      memory: shareMemory(pool.size, placed),
      stateful: pool.volume === true || [...placed.values()].some((daemon) => daemon.stateful === true),
      apply: [],
    };
  });
}

function memoryMistakes(spec: ClusterSpec, registry: ServiceRegistry): Mistake[] {
  const daemonsBy = placeDaemons(spec, registry);
  const definitions = definitionsOf(spec, registry);
  const seats = Map.groupBy(seatsOf(spec), (seat) => seat.pool.name);
  return spec.pools.flatMap((pool) => {
    // Nodes of a pool differ only in single daemons: the first that does not fit speaks for the pool.
    for (const seat of seats.get(pool.name) ?? []) {
      const mistake = memoryMistake(pool.name, pool.size, select(definitions, daemonsBy.get(seat.name) ?? []));
      if (mistake !== undefined) return [mistake];
    }
    return [];
  });
}

function roomMistakes(spec: ClusterSpec): Mistake[] {
  const subnet = spec.subnet ?? EXAMPLE_SUBNET;
  const slots = slotsOf(spec.pools);
  const tight = spec.pools
    .map((pool) => ({ pool, slot: slots.get(pool.name) ?? 0 }))
    .filter(({ pool, slot }) => pool.count > largestOrdinal(subnet, slot));
  if (tight.length === 0) return [];
  const prefix = Math.min(...tight.map(({ pool, slot }) => prefixFor(slot, pool.count)));
  if (spec.subnet !== undefined) {
    const needs = tight
      .map(({ pool, slot }) => `${pool.name} ${pool.count}, room for ${largestOrdinal(subnet, slot)}`)
      .join("; ");
    const allowed = `too small for the nodes (${needs}): allowed: /${prefix} or larger`;
    return [{ path: "subnet", found: spec.subnet, allowed }];
  }
  return tight.map(({ pool, slot }) => ({
    path: `pools.${pool.name}.count`,
    found: String(pool.count),
    allowed:
      `the default /${DEFAULT_PREFIX} has room for ${largestOrdinal(subnet, slot)} nodes a pool: ` +
      `set subnet to a private /${prefix} for a new cluster, or add another pool with the same roles to one that exists`,
  }));
}

function definitionsOf(spec: ClusterSpec, registry: ServiceRegistry): Map<string, PlannedDaemon> {
  const wanted = Object.values(registry).filter(({ name }) => Object.hasOwn(spec.services, name));
  return new Map(wanted.flatMap((definition) => daemonsIn(definition, spec)));
}

function select(definitions: ReadonlyMap<string, PlannedDaemon>, names: readonly string[]): Map<string, PlannedDaemon> {
  return new Map(
    names.flatMap((name) => {
      const definition = definitions.get(name);
      return definition === undefined ? [] : [[name, definition] as const];
    }),
  );
}
