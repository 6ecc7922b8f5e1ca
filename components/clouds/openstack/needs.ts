import type { ClusterPlan, NodePlan } from "../../../plan/cluster-plan.ts";
import type { ObservedMachine } from "../cloud.ts";
import { TAG } from "../tags.ts";
import { imageOf } from "./baking.ts";
import type { OpenStackOptions } from "./options.ts";
import type { Outside } from "./outside.ts";
import { COUNTED, type Counted, type Readings } from "./readings.ts";
import type { GroupPlan } from "./security-groups.ts";
import type { Flavors } from "./sizes.ts";
import { marksIn, valueIn } from "./tags.ts";

/** How much of everything. */
export type Amounts = Record<Counted, number>;

/** A plan with all that was decided about it for this cloud. */
export interface Layout {
  plan: ClusterPlan;
  options: OpenStackOptions;
  outside: Outside;
  groups: readonly GroupPlan[];
  flavors: Flavors;
}

/** A new network brings a port of the router's and one of the DHCP service's. */
const NETWORK_PORTS = 2;
/** Rules that a new group has before they are taken away. */
const DEFAULT_RULES = 2;

export const nothing = (): Amounts => Object.fromEntries(COUNTED.map((name) => [name, 0])) as Amounts;

/** Amounts of several together. */
export function together(all: readonly Amounts[]): Amounts {
  const sum = nothing();
  for (const amounts of all) for (const name of COUNTED) sum[name] += amounts[name];
  return sum;
}

/** The policy by which machines of a pool keep apart. */
export const policyOf = ({ antiAffinity }: OpenStackOptions, pool: string): "soft" | "hard" | "none" =>
  typeof antiAffinity === "string" ? antiAffinity : (antiAffinity[pool] ?? "soft");

/**
 * What has to be made so that these nodes of a plan are there: what is there already is not needed again.
 * @param nodes Default: all of the plan.
 */
export function needsOf(
  layout: Layout,
  observed: readonly ObservedMachine[],
  readings: Readings,
  nodes: readonly NodePlan[] = layout.plan.nodes,
): Amounts {
  const { plan, options, outside, groups, flavors } = layout;
  const { id } = plan.ref;
  const ours = <Thing extends { tags: string[] }>(things: readonly Thing[]): Thing[] =>
    things.filter(({ tags }) => valueIn(tags, TAG.cluster) === id);
  const there = new Set(observed.filter((machine) => machine.broken !== true).map(({ name }) => name));
  const fresh = nodes.filter(({ name }) => !there.has(name));
  const sum = (count: (node: NodePlan) => number, of = fresh): number => of.reduce((all, node) => all + count(node), 0);

  const madeGroups = ours(readings.securityGroups);
  const wantedRules = groups.reduce((all, { rules }) => all + rules.length, 0);
  const madeRules = madeGroups.reduce((all, { security_group_rules: rules }) => all + rules.length, 0);
  const newGroups = Math.max(0, groups.length - madeGroups.length);
  const pools = [...new Set(nodes.map(({ pool }) => pool))].filter((pool) => policyOf(options, pool) !== "none");
  const madePools = new Set(
    readings.serverGroups.flatMap(({ name }) => {
      const marks = marksIn(name);
      return marks?.clusterId === id ? [marks.part] : [];
    }),
  );
  const volumes = new Set(
    (readings.volumes ?? [])
      .filter(({ metadata }) => metadata[TAG.cluster] === id)
      .map(({ metadata }) => metadata[TAG.node]),
  );
  const stores = options.dataVolumes === false ? [] : nodes.filter((node) => node.stateful && !volumes.has(node.name));
  const addresses = nodes.filter(
    ({ name }) => outside.public.get(name)?.reserved === undefined && outside.public.has(name),
  );
  // Its server is gone before the cluster's first one is made, but the cluster's addresses are there by then.
  const bakes = plan.spec.image === "baked" && options.bake.floatingIp && imageOf(plan, readings) === undefined;
  const newNetwork = options.network === undefined && ours(readings.networks).length === 0;
  const newRouter =
    options.network === undefined && options.router === undefined && ours(readings.routers).length === 0;
  return {
    instances: fresh.length,
    cores: sum(({ pool }) => flavors.get(pool)?.vcpus ?? 0),
    RAM: sum(({ pool }) => flavors.get(pool)?.ram ?? 0),
    "server groups": pools.filter((pool) => !madePools.has(pool)).length,
    ports: fresh.length + (newNetwork ? NETWORK_PORTS : 0),
    "security groups": newGroups,
    "security group rules": Math.max(0, wantedRules - madeRules) + newGroups * DEFAULT_RULES,
    networks: newNetwork ? 1 : 0,
    subnets: newNetwork ? 1 : 0,
    routers: newRouter ? 1 : 0,
    "floating IPs": Math.max(0, addresses.length - ours(readings.floatingIps).length) + (bakes ? 1 : 0),
    volumes: stores.length + (options.rootVolume === undefined ? 0 : fresh.length),
    gigabytes: sum(({ size }) => size.disk, stores) + (options.rootVolume?.size ?? 0) * fresh.length,
  };
}
