import type { ClusterPlan, NodePlan } from "../../../plan/cluster-plan.ts";
import type { Mistake } from "../../../plan/mistake.ts";
import { nodeName } from "../../../plan/names.ts";
import type { Capacity, CapacityRow, ObservedMachine } from "../cloud.ts";
import { type Amounts, type Layout, needsOf, policyOf } from "./needs.ts";
import { COUNTED, type Counted, type Readings } from "./readings.ts";

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
  const advice = adviceOf(largestFit(layout, observed, readings, others));
  const rows = lacking.map(({ name, unit, need, have, limit }) => {
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

/** Of each quota that something is needed of: how much, what is left of it, and of how much in all. */
function rowsOf(needs: Amounts, { quotas }: Readings, others: Amounts): CapacityRow[] {
  return COUNTED.flatMap((name) => {
    const quota = quotas[name];
    if (quota === undefined || needs[name] === 0) return [];
    const have = Math.max(0, quota.limit - quota.used - others[name]);
    return [{ name, unit: UNIT[name] ?? "", need: needs[name], have, limit: quota.limit }];
  });
}

const shortages = (needs: Amounts, readings: Readings, others: Amounts): CapacityRow[] =>
  rowsOf(needs, readings, others).filter(({ need, have }) => need > have);

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

/** More are not looked for. */
const MOST_WORKERS = 1000;

/** The largest pool of workers, and how many of it would fit beside everything else; -1 when even none does. */
interface Fit {
  pool: string;
  wanted: number;
  fits: number;
}

function largestFit(
  layout: Layout,
  observed: readonly ObservedMachine[],
  readings: Readings,
  others: Amounts,
): Fit | undefined {
  const { plan } = layout;
  const workers = plan.nodes.filter(
    ({ roles }) => !roles.includes("master") && (roles.includes("worker") || roles.length === 0),
  );
  const sizes = new Map<string, number>();
  for (const { pool } of workers) sizes.set(pool, (sizes.get(pool) ?? 0) + 1);
  const [largest] = [...sizes].sort(([, a], [, b]) => b - a);
  if (largest === undefined) return undefined;
  const [pool, wanted] = largest;
  const fitsWith = (count: number): boolean => {
    const some = withWorkers(plan, pool, count);
    const needs = needsOf(layout, observed, readings, some);
    return shortages(needs, readings, others).length === 0 && crowdedGroups(layout, readings, some).length === 0;
  };
  let [fits, tooMany] = [-1, MOST_WORKERS + 1];
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (fitsWith(middle)) fits = middle;
    else tooMany = middle;
  }
  return { pool, wanted, fits };
}

/** A plan's nodes, had a pool so many. */
function withWorkers({ nodes, ref }: ClusterPlan, pool: string, count: number): NodePlan[] {
  const members = nodes.filter((node) => node.pool === pool);
  const [last] = members.slice(-1);
  const more = Array.from({ length: Math.max(0, count - members.length) }, (_, at) => {
    const ordinal = members.length + at + 1;
    return last === undefined ? [] : [{ ...last, ordinal, name: nodeName(ref.name, pool, ordinal) }];
  });
  return [...nodes.filter((node) => node.pool !== pool), ...members.slice(0, count), ...more.flat()];
}

function adviceOf(fit: Fit | undefined): string {
  if (fit === undefined) return "ask for more, or use less";
  const { pool, wanted, fits } = fit;
  if (fits < 0) return `does not fit even without pool ${pool}`;
  return `what fits: ${fits} of ${wanted} in pool ${pool}`;
}

/** The whole table, whether it fits or not. */
export function capacityOf(
  layout: Layout,
  observed: readonly ObservedMachine[],
  readings: Readings,
  others: Amounts,
): Capacity {
  const fit = largestFit(layout, observed, readings, others);
  const most = fit !== undefined && fit.fits >= MOST_WORKERS ? `${MOST_WORKERS} or more` : String(fit?.fits ?? 0);
  const fits =
    fit === undefined || fit.fits < 0 ? adviceOf(fit) : `up to ${most} in pool ${fit.pool}, ${fit.wanted} wanted`;
  return { rows: rowsOf(needsOf(layout, observed, readings), readings, others), fits };
}
