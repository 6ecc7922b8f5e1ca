import { z } from "zod";
import { subnetsOverlap } from "../addressing.ts";
import type { Mistake } from "../mistake.ts";
import { UserMistakes } from "../mistake.ts";
import { nodeName } from "../names.ts";
import { prefixed } from "../plan-cluster.ts";
import { planMistakes } from "../refusals.ts";
import type { ServiceRegistry } from "../service.ts";
import { services as allServices } from "../services/index.ts";
import type { ClusterSpec } from "../spec.ts";
import type { ClusterConfig, ClusterConfigInput } from "./cluster-schema.ts";
import { clusterSchema } from "./cluster-schema.ts";
import { expandCluster } from "./expand.ts";
import { describeFound, describePath, valueAt } from "./found.ts";
import { suggestion } from "./nearest.ts";
import { parseWith } from "./schema-mistakes.ts";
import type { ReadOwn } from "./steps.ts";
import { repetitions } from "./tagged-mistake.ts";
import type { ReadText } from "./users.ts";

/** Where all clusters of a stack stand: in config a word, or a mapping of `name` and options. Default: local. */
export interface CloudChoice {
  name: string;
  /** The cloud's own options, as written; the cloud checks them. */
  options: Record<string, unknown>;
}

export interface ReadOptions {
  /** Default: every service there is. */
  registry?: ServiceRegistry;
  /** Reads key files. Default: refuses paths, so that reading stays pure. */
  readText?: ReadText;
  /** Reads files of own steps. Default: refuses paths, too. */
  readOwn?: ReadOwn;
  /** Names of the clouds there are. Default: local. */
  clouds?: readonly string[];
}

/** Fields that decide whether a cluster can be planned; if one is wrong already, planning would tell consequences. */
const PLANNED_BY = new Set(["name", "kind", "pools", "services", "subnet", "versions", "verification"]);

/**
 * Reads a stack's whole config.
 * @param raw `{ cloud, clusters }`, as plain data
 * @param where what config paths begin with, e.g. `muster:`
 * @throws UserMistakes with every mistake in all clusters
 */
export function parseEnvironment(
  raw: unknown,
  where = "muster:",
  options: ReadOptions = {},
): { cloud: CloudChoice; clusters: ClusterSpec[] } {
  const mistakes: Mistake[] = [];
  const fields = z.strictObject({
    cloud: z.unknown().optional(),
    clusters: z.unknown().optional(),
    credentials: z.unknown().optional(),
  });
  if (typeof raw === "object") mistakes.push(...parseWith(fields, raw ?? {}, where).mistakes);
  const wanted = valueAt(raw, ["cloud"]) ?? "local";
  const cloud = collect(mistakes, () => readCloud(wanted, `${where}cloud`, options.clouds ?? ["local"]));
  const clusters = collect(mistakes, () => readClusters(valueAt(raw, ["clusters"]), `${where}clusters`, options));
  if (mistakes.length > 0 || cloud === undefined || clusters === undefined) throw new UserMistakes(mistakes);
  return { cloud, clusters };
}

/**
 * Reads a list of clusters.
 * @param source config path of the list, e.g. `muster:clusters`
 * @throws UserMistakes with every mistake in all of them
 */
export function readClusters(raw: unknown, source: string, options: ReadOptions = {}): ClusterSpec[] {
  if (!Array.isArray(raw) || raw.length === 0) {
    const found = Array.isArray(raw) ? "an empty list" : describeFound(raw, []);
    throw new UserMistakes([{ path: source, found, allowed: "allowed: a list of clusters, e.g. [{ name: dev }]" }]);
  }
  const results = raw.map((one: unknown, at) => readCluster(one, `${source}[${at}]`, options));
  const specs = results.map(({ spec }) => spec);
  const mistakes = [...results.flatMap((result) => result.mistakes), ...clashes(specs, source)];
  if (mistakes.length > 0) throw new UserMistakes(mistakes);
  return specs.filter((spec) => spec !== undefined);
}

/**
 * The spec of one cluster from a component's plain arguments: the same fields as in config.
 * @throws UserMistakes
 */
export function specFromArgs(
  name: string,
  args: Omit<ClusterConfigInput, "name">,
  options: ReadOptions = {},
): ClusterSpec {
  // Arguments in a program often hold `undefined` where config would hold nothing.
  const given = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined));
  const { spec, mistakes } = readCluster({ ...given, name }, name, options);
  if (spec === undefined || mistakes.length > 0) throw new UserMistakes(mistakes);
  return spec;
}

function readCluster(raw: unknown, prefix: string, options: ReadOptions): { spec?: ClusterSpec; mistakes: Mistake[] } {
  const registry = options.registry ?? allServices;
  const schema = clusterSchema(registry);
  const parsed = parseWith<ClusterConfig>(schema, raw, prefix);
  const damaged = parsed.value === undefined ? parsed.damaged : new Set<string>();
  const config = parsed.value ?? parseWith<ClusterConfig>(schema, repaired(raw, damaged), prefix).value;
  if (config === undefined) return { mistakes: parsed.mistakes };

  const { spec, mistakes: tagged } = expandCluster(config, {
    registry,
    readText: options.readText ?? refusePaths,
    readOwn: options.readOwn ?? refusePaths,
  });
  const meaning = tagged.filter((mistake) => !mistake.judgedBy.some((field) => damaged.has(field)));
  const doubtful = [...damaged, ...meaning.flatMap((mistake) => mistake.judgedBy)].some((field) =>
    PLANNED_BY.has(field),
  );
  const planning = doubtful ? [] : planMistakes(spec, registry);
  const relative = [...meaning.map(({ path, found, allowed }) => ({ path, found, allowed })), ...planning];
  const mistakes = [
    ...parsed.mistakes,
    ...prefixed(relative, prefix).map((mistake) => asWritten(mistake, raw, prefix)),
  ];
  return { spec: damaged.has("name") ? undefined : spec, mistakes };
}

/** The cluster without its malformed fields: what is left can still be judged. */
function repaired(raw: unknown, damaged: ReadonlySet<string>): unknown {
  if (typeof raw !== "object" || raw === null) return raw;
  const rest = Object.fromEntries(Object.entries(raw).filter(([field]) => !damaged.has(field)));
  return damaged.has("name") ? { ...rest, name: "unnamed" } : rest;
}

/** Pools may be written as a list: then `pools.NAME` is `pools[N]`. */
function asWritten(mistake: Mistake, raw: unknown, prefix: string): Mistake {
  const pools = valueAt(raw, ["pools"]);
  const [, name, rest = ""] = /^pools\.([a-z0-9-]+)(.*)$/.exec(mistake.path.slice(prefix.length + 1)) ?? [];
  if (!Array.isArray(pools) || name === undefined) return mistake;
  const at = pools.findIndex((pool: unknown) => valueAt(pool, ["name"]) === name);
  return { ...mistake, path: `${describePath(prefix, ["pools", at])}${rest}` };
}

/** What clusters must not share: names, names of nodes, networks. */
function clashes(specs: readonly (ClusterSpec | undefined)[], source: string): Mistake[] {
  const mistakes: Mistake[] = repetitions(specs.map((spec, at) => spec?.name ?? `#${at}`)).map(({ value, at }) => ({
    path: `${source}[${at}].name`,
    found: JSON.stringify(value),
    allowed: "used twice; every cluster needs a name of its own",
  }));
  specs.forEach((spec, at) => {
    for (const other of specs.slice(0, at)) {
      if (spec === undefined || other === undefined || spec.name === other.name) continue;
      const prefix = `${source}[${at}]`;
      if (spec.subnet !== undefined && other.subnet !== undefined && subnetsOverlap(spec.subnet, other.subnet)) {
        mistakes.push({
          path: `${prefix}.subnet`,
          found: spec.subnet,
          allowed: `overlaps ${other.subnet} of ${other.name}; give each cluster its own`,
        });
      }
      const shared = sharedPrefix(spec, other);
      if (shared !== undefined) {
        const allowed = `its nodes would be called like those of ${other.name} (${shared}); rename the cluster or the pool`;
        mistakes.push({ path: `${prefix}.name`, found: JSON.stringify(spec.name), allowed });
      }
    }
  });
  return mistakes;
}

/** A node name that two clusters would both use, e.g. cluster `a` with pool `b-c` and cluster `a-b` with pool `c`. */
function sharedPrefix(one: ClusterSpec, other: ClusterSpec): string | undefined {
  const names = new Set(other.pools.map((pool) => nodeName(other.name, pool.name, 1)));
  return one.pools.map((pool) => nodeName(one.name, pool.name, 1)).find((name) => names.has(name));
}

function readCloud(raw: unknown, path: string, clouds: readonly string[]): CloudChoice {
  const name: unknown = typeof raw === "string" ? raw : valueAt(raw, ["name"]);
  if (typeof name !== "string" || !clouds.includes(name)) {
    const found = describeFound(typeof raw === "object" && raw !== null ? name : raw, []);
    throw new UserMistakes([{ path, found, allowed: suggestion(typeof name === "string" ? name : "", clouds) }]);
  }
  const options =
    typeof raw === "object" && raw !== null
      ? Object.fromEntries(Object.entries(raw).filter(([key]) => key !== "name"))
      : {};
  return { name, options };
}

function collect<T>(mistakes: Mistake[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UserMistakes)) throw error;
    mistakes.push(...error.mistakes);
    return undefined;
  }
}

function refusePaths(): never {
  throw new Error("files are not read here; give the key's text");
}
