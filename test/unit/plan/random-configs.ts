import fc from "fast-check";
import type { FakeArgs } from "./fixtures.ts";

const POOL_NAMES = ["master", "worker", "client", "storage", "gpu", "big", "a", "slave", "login", "x-1"];

const roles = fc.uniqueArray(fc.constantFrom("master", "worker", "client", "storage", "monitor"), {
  minLength: 1,
  maxLength: 5,
});

/** A pool that always works: enough memory for every daemon of the fakes at once. */
const pool = fc.record({
  count: fc.integer({ min: 1, max: 12 }),
  roles,
  memory: fc.constantFrom("1 GiB", "2 GiB", "7 GiB", "64 GiB"),
  cpus: fc.integer({ min: 1, max: 64 }),
});

/** Pools of a cluster that can be planned: among others a master and a worker. */
export const pools = fc
  .tuple(
    fc.dictionary(fc.constantFrom(...POOL_NAMES), pool, { maxKeys: 8, noNullPrototype: true }),
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 20 }),
  )
  .map(([some, masters, workers]) => ({
    ...some,
    master: { ...some["master"], count: masters, roles: ["master" as const] },
    worker: { ...some["worker"], count: workers, roles: ["worker" as const] },
  })) as fc.Arbitrary<Record<string, RandomPool>>;

export interface RandomPool {
  count: number;
  roles: ("master" | "worker" | "client" | "storage" | "monitor")[];
  memory?: string;
  cpus?: number;
}

export type RandomArgs = Omit<FakeArgs, "pools"> & { pools: Record<string, RandomPool> };

/** A config that can be planned. */
export const goodArgs: fc.Arbitrary<RandomArgs> = fc.record({
  pools,
  users: fc.uniqueArray(fc.constantFrom("ann", "bob", "eve"), { maxLength: 3 }),
  services: fc.constantFrom(undefined, { hdfs: { copies: 1 } }, ["hdfs"], { yarn: false }),
});

const scalar = fc.oneof(
  fc.constantFrom(
    "1 GiB",
    "90%",
    "dev-worker-1",
    "worker",
    "10.1.0.0/24",
    "0.0.0.0/0",
    "hdfs",
    "~/k",
    "1.2.3.4",
    "root",
    "",
  ),
  fc.integer({ min: -2, max: 5000 }),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.string(),
);

const FIELDS = [
  "name kind pools services subnet versions hadoop java hadoopFrom loginUser users sshKeys sudo uid adminNetworks openToWorld",
  "resolvers maxUnavailable deadlines verification machine converge jobs deadline expectations command on user text exitCode timeout required",
  "count roles size memory cpus disk minReady without hdfs yarn copies master worker client gpu __proto__ constructor",
]
  .join(" ")
  .split(" ");

/** Anything at all, with the fields' own names in it often enough to get deep. */
export const anything: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc.dictionary(
      fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...FIELDS) }, { weight: 1, arbitrary: fc.string() }),
      tie("node"),
      { maxKeys: 6 },
    ),
    fc.array(tie("node"), { maxLength: 3 }),
  ),
})).node;

/** A good config with one field replaced by anything. */
export const spoiltArgs: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(goodArgs, fc.constantFrom(...FIELDS.slice(0, 21)), anything)
  .map(([good, field, value]) => ({ name: "dev", ...good, [field]: value }));
