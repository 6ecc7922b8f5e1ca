import type { ClusterPlan, NodePlan } from "../../../plan/cluster-plan.ts";
import type { Mistake } from "../../../plan/mistake.ts";
import type { ObservedMachine } from "../cloud.ts";
import { TAG } from "../tags.ts";
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
    "floating IPs": Math.max(0, addresses.length - ours(readings.floatingIps).length),
    volumes: stores.length + (options.rootVolume === undefined ? 0 : fresh.length),
    gigabytes: sum(({ size }) => size.disk, stores) + (options.rootVolume?.size ?? 0) * fresh.length,
  };
}

const UNIT: Partial<Record<Counted, string>> = { RAM: " MiB", gigabytes: " GiB" };

/**
 * The table of what does not fit: need, have, missing; with the largest number of workers that would.
 * @param others What other clusters of the same run will take.
 */
export function quotaMistakes(
  layout: Layout,
  observed: readonly ObservedMachine[],
  readings: Readings,
  others: Amounts,
): Mistake[] {
  const { plan } = layout;
  const lacking = shortages(needsOf(layout, observed, readings), readings, others);
  const crowded = crowdedGroups(layout, readings, plan.nodes);
  if (lacking.length === 0 && crowded.length === 0) return [];
  const advice = adviceOf(layout, observed, readings, others);
  const rows = lacking.map(({ name, need, have, limit }) => {
    const unit = UNIT[name] ?? "";
    const missing = `${need - have}${unit} missing`;
    return { found: `${name}: need ${need}${unit}, have ${have}${unit} of ${limit}${unit}`, allowed: missing };
  });
  const members = crowded.map(({ pool, count }) => ({
    found: `server group of ${pool}: need ${count} members, have ${readings.serverGroupMembers}`,
    allowed: `${count - readings.serverGroupMembers} missing; or antiAffinity: { ${pool}: none }`,
  }));
  const [first, ...rest] = [...rows, ...members];
  if (first === undefined) return [];
  const told = { ...first, allowed: `${first.allowed}; ${advice}` };
  return [told, ...rest].map((row) => ({ path: `${plan.ref.name}.pools`, ...row }));
}

interface Shortage {
  name: Counted;
  need: number;
  have: number;
  limit: number;
}

function shortages(needs: Amounts, { quotas }: Readings, others: Amounts): Shortage[] {
  return COUNTED.flatMap((name) => {
    const quota = quotas[name];
    if (quota === undefined || needs[name] === 0) return [];
    const have = Math.max(0, quota.limit - quota.used - others[name]);
    return needs[name] <= have ? [] : [{ name, need: needs[name], have, limit: quota.limit }];
  });
}

function crowdedGroups(
  { options }: Layout,
  { serverGroupMembers }: Readings,
  nodes: readonly NodePlan[],
): { pool: string; count: number }[] {
  const pools = [...new Set(nodes.map(({ pool }) => pool))];
  return pools
    .map((pool) => ({ pool, count: nodes.filter((node) => node.pool === pool).length }))
    .filter(({ pool, count }) => policyOf(options, pool) !== "none" && count > serverGroupMembers);
}

/** How many of the largest pool of workers would fit beside everything else. */
function adviceOf(layout: Layout, observed: readonly ObservedMachine[], readings: Readings, others: Amounts): string {
  const { nodes } = layout.plan;
  const workers = nodes.filter(({ roles }) => roles.includes("worker") && !roles.includes("master"));
  const sizes = new Map<string, number>();
  for (const { pool } of workers) sizes.set(pool, (sizes.get(pool) ?? 0) + 1);
  const [largest] = [...sizes].sort(([, a], [, b]) => b - a);
  if (largest === undefined) return "ask for more, or use less";
  const [pool, count] = largest;
  for (let fits = count - 1; fits >= 0; fits -= 1) {
    const kept = nodes.filter((node) => node.pool !== pool);
    const some = [...kept, ...nodes.filter((node) => node.pool === pool).slice(0, fits)];
    const fitting = shortages(needsOf(layout, observed, readings, some), readings, others).length === 0;
    if (fitting && crowdedGroups(layout, readings, some).length === 0)
      return `what fits: ${fits} of ${count} in pool ${pool}`;
  }
  return `does not fit even without pool ${pool}`;
}
