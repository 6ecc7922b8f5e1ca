import { canonicalSubnet, isPrivate } from "../addressing.ts";
import { isPlain } from "../kinds.ts";
import { placesOf } from "../places.ts";
import type { ServiceRegistry } from "../service.ts";
import type { ClusterSpec, Expectation, RoleTag } from "../spec.ts";
import type { ClusterConfig } from "./cluster-schema.ts";
import { suggestion } from "./nearest.ts";
import { expandOpened } from "./opened.ts";
import { expandPools } from "./pools.ts";
import { expandServices } from "./services.ts";
import { expandSteps } from "./steps.ts";
import type { ReadOwn } from "./steps.ts";
import { repetitions } from "./tagged-mistake.ts";
import type { TaggedMistake } from "./tagged-mistake.ts";
import { parseShare } from "./units.ts";
import { expandUsers } from "./users.ts";
import type { ReadText } from "./users.ts";

/** What expansion needs from outside. */
export interface Surroundings {
  registry: ServiceRegistry;
  readText: ReadText;
  readOwn: ReadOwn;
}

/** Wider networks than this are "the world" however they are written. */
const WIDEST_ADMIN_PREFIX = 8;

/** Fills in what short forms mean, and finds everything that no field shows by itself. Paths relative to the cluster. */
export function expandCluster(
  config: ClusterConfig,
  { registry, readText, readOwn }: Surroundings,
): { spec: ClusterSpec; mistakes: TaggedMistake[] } {
  const { pools, mistakes: inPools } = expandPools(config);
  const { services, mistakes: inServices } = expandServices(config, registry, readOwn);
  const { users, mistakes: inUsers } = expandUsers(config, readText);
  const { steps, mistakes: inSteps } = expandSteps(config.steps, readOwn);
  const tags = [...new Set<RoleTag>(["master", ...pools.flatMap((pool) => pool.roles)])];
  const { rules: open, mistakes: inOpen } = expandOpened(config, tags);
  const nodes = pools.reduce((sum, pool) => sum + pool.count - pool.without.length, 0);
  const spec: ClusterSpec = {
    name: config.name,
    kind: config.kind,
    ...(config.subnet === undefined ? {} : { subnet: canonicalSubnet(config.subnet) }),
    pools,
    services,
    versions: config.versions,
    ...(config.image === undefined ? {} : { image: config.image }),
    hadoopFrom: config.hadoopFrom,
    loginUser: config.loginUser,
    users,
    adminNetworks: config.adminNetworks.map(canonicalSubnet),
    open,
    resolvers: config.resolvers,
    maxUnavailable: Math.max(1, parseShare(config.maxUnavailable, nodes) ?? 1),
    onFailure: config.onFailure,
    deadlines: config.deadlines,
    verification: {
      jobs: config.verification.jobs,
      deadlineSeconds: config.verification.deadline,
      expectations: config.verification.expectations.map((wanted) => expectation(wanted, config)),
    },
    steps,
  };
  const places = placesOf(spec);
  const mistakes = [
    ...inPools,
    ...subnetMistakes(config),
    ...inServices,
    ...inUsers,
    ...adminMistakes(config),
    ...expectationMistakes(spec, places),
    ...inOpen,
    ...inSteps,
    ...misplaced(spec.steps, places, "steps"),
  ];
  return { spec, mistakes };
}

function expectation(
  wanted: ClusterConfig["verification"]["expectations"][number],
  { kind, loginUser }: ClusterConfig,
): Expectation {
  const { timeout, user = loginUser, on = isPlain(kind) ? "all" : "master", ...rest } = wanted;
  return { ...rest, on, user, timeoutSeconds: timeout };
}

function subnetMistakes({ subnet }: ClusterConfig): TaggedMistake[] {
  if (subnet === undefined) return [];
  const refuse = (allowed: string): TaggedMistake[] => [
    { path: "subnet", found: subnet, allowed, judgedBy: ["subnet"] },
  ];
  if (!isPrivate(subnet))
    return refuse("allowed: a private network, inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16");
  const canonical = canonicalSubnet(subnet);
  return canonical === subnet ? [] : refuse(`the network of this address is ${canonical}`);
}

function adminMistakes({ adminNetworks, openToWorld }: ClusterConfig): TaggedMistake[] {
  return adminNetworks.flatMap((network, at) => {
    const wide = Number(network.split("/")[1]) < WIDEST_ADMIN_PREFIX;
    const allowed = "opens SSH to the world; name your own network, or set openToWorld: true";
    return wide && !openToWorld
      ? [{ path: `adminNetworks[${at}]`, found: network, allowed, judgedBy: ["adminNetworks", "openToWorld"] }]
      : [];
  });
}

function expectationMistakes(spec: ClusterSpec, places: readonly string[]): TaggedMistake[] {
  const wanted = spec.verification.expectations;
  const doubles = repetitions(wanted.map((e) => e.name)).map(({ value, at }) => ({
    path: `verification.expectations[${at}].name`,
    found: JSON.stringify(value),
    allowed: "used twice; every expectation needs a name of its own",
    judgedBy: ["verification"],
  }));
  return [...doubles, ...misplaced(wanted, places, "verification.expectations")];
}

/** What is to be where nothing is. */
function misplaced(wanted: readonly { on: string }[], places: readonly string[], field: string): TaggedMistake[] {
  const judgedBy = [field.split(".")[0] ?? field, "pools", "name", "kind"];
  return wanted.flatMap(({ on }, at) => {
    if (places.includes(on)) return [];
    const allowed = `no such role tag, pool or node; ${suggestion(on, places)}`;
    return [{ path: `${field}[${at}].on`, found: JSON.stringify(on), allowed, judgedBy }];
  });
}
