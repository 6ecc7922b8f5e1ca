import { hasFixedSlot, MOST_NAMED_POOLS } from "../addressing.ts";
import { isPlain } from "../kinds.ts";
import { comparePools, nodeName, ordinalOf } from "../names.ts";
import type { HostSize, PoolSpec, RoleTag } from "../spec.ts";
import type { ClusterConfig } from "./cluster-schema.ts";
import { ROLE_TAGS, SIZES } from "./cluster-schema.ts";
import { repetitions } from "./tagged-mistake.ts";
import type { TaggedMistake } from "./tagged-mistake.ts";
import { parseGibibytes, parseMebibytes, parseShare } from "./units.ts";

type PoolConfig = Exclude<Extract<ClusterConfig["pools"], unknown[]>[number], number>;

/** Where most masters' daemons live; a pool of them is usable only when whole. */
const WHOLE = "100%";
const MOST = "90%";

/** The pools of a cluster in long form and canonical order, and what is wrong with them. */
export function expandPools(config: ClusterConfig): { pools: PoolSpec[]; mistakes: TaggedMistake[] } {
  const listed = Array.isArray(config.pools);
  const written = listPools(config.pools).map((pool, at) => ({
    pool,
    path: listed ? `pools[${at}]` : `pools.${pool.name}`,
  }));
  const mistakes: TaggedMistake[] = repetitions(written.map(({ pool }) => pool.name)).map(({ value, at }) => ({
    path: `pools[${at}].name`,
    found: JSON.stringify(value),
    allowed: "used twice; every pool needs a name of its own",
    judgedBy: ["pools"],
  }));
  const unique = written.filter(({ pool }, at) => written.findIndex((other) => other.pool.name === pool.name) === at);
  const pools = unique.map(({ pool, path }) => expandPool(config, pool, path, mistakes));
  const named = pools.filter((pool) => !hasFixedSlot(pool.name));
  if (named.length > MOST_NAMED_POOLS) {
    const found = `${named.length} pools with names of their own`;
    mistakes.push({
      path: "pools",
      found,
      allowed: `allowed: ${MOST_NAMED_POOLS}, besides ${ROLE_TAGS.filter(hasFixedSlot).join(", ")}`,
      judgedBy: ["pools"],
    });
  }
  if (pools.length === 0) {
    mistakes.push({
      path: "pools",
      found: "none",
      allowed: "name at least one pool, e.g. { master: 1, worker: 2 }",
      judgedBy: ["pools"],
    });
  }
  return { pools: pools.sort(comparePools), mistakes };
}

function listPools(pools: ClusterConfig["pools"]): PoolConfig[] {
  if (Array.isArray(pools)) return pools;
  return Object.entries(pools).map(([name, pool]) =>
    typeof pool === "number" ? { name, count: pool, without: [] } : { ...pool, name },
  );
}

function expandPool(config: ClusterConfig, pool: PoolConfig, path: string, mistakes: TaggedMistake[]): PoolSpec {
  const { name: cluster, kind } = config;
  const refuse = (field: string, found: string, allowed: string, judgedBy = ["pools"]) =>
    mistakes.push({ path: `${path}.${field}`, found, allowed, judgedBy });
  const roles = rolesOf(pool);
  if (roles.length === 0 && !isPlain(kind)) {
    const allowed = `needed, as "${pool.name}" is no role tag: some of ${ROLE_TAGS.join(", ")}`;
    refuse("roles", "nothing", allowed, ["pools", "kind"]);
  }

  const without = new Set<number>();
  pool.without.forEach((name, at) => {
    const ordinal = ordinalOf(cluster, pool.name, pool.count, name);
    const range =
      pool.count === 1 ? nodeName(cluster, pool.name, 1) : `${nodeName(cluster, pool.name, 1)} … ${pool.count}`;
    if (ordinal !== undefined) without.add(ordinal);
    else refuse(`without[${at}]`, JSON.stringify(name), `no such node in this pool   (${range})`, ["pools", "name"]);
  });

  const nodes = pool.count - without.size;
  const minReady = parseShare(pool.minReady ?? (roles.includes("master") ? WHOLE : MOST), nodes) ?? nodes;
  if (minReady > nodes) refuse("minReady", String(minReady), `allowed: 0 … ${nodes}, the nodes of this pool`);
  return {
    name: pool.name,
    roles,
    count: pool.count,
    without: [...without].sort((a, b) => a - b),
    minReady,
    size: sizeOf(pool),
    ...(pool.disk === undefined || !isPlain(kind) ? {} : { volume: true }),
  };
}

const isRole = (name: string): name is RoleTag => ROLE_TAGS.some((tag) => tag === name);

function rolesOf(pool: PoolConfig): RoleTag[] {
  const wanted = pool.roles ?? (isRole(pool.name) ? [pool.name] : []);
  return ROLE_TAGS.filter((tag) => wanted.includes(tag));
}

function sizeOf(pool: PoolConfig): HostSize {
  const size = SIZES[pool.size ?? "small"];
  return {
    memory: pool.memory === undefined ? size.memory : (parseMebibytes(pool.memory) ?? size.memory),
    cpus: pool.cpus ?? size.cpus,
    disk: pool.disk === undefined ? size.disk : (parseGibibytes(pool.disk) ?? size.disk),
  };
}
