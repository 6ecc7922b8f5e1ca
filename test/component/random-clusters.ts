import fc from "fast-check";
import { anything } from "../unit/plan/random-configs.ts";

/** A cluster's config as plain data, as it comes from a stack's file. */
export type RandomConfig = Record<string, unknown>;

const role = fc.constantFrom("master", "worker", "client", "storage", "monitor");

/** Hosts that are large enough for every daemon at once, so that any roles may meet. */
const hosts = (count: number, mayLeave: boolean) =>
  fc
    .record(
      {
        memory: fc.constantFrom("8 GiB", "16 GiB", "1 TiB"),
        cpus: fc.integer({ min: 1, max: 64 }),
        disk: fc.constantFrom("1 GiB", "20 GiB", "2 TiB"),
        minReady: fc.constantFrom(0, "1%", "50%", "100%"),
        without: fc.subarray(
          Array.from({ length: count }, (_, at) => at + 1),
          { maxLength: mayLeave ? count - 1 : 0 },
        ),
      },
      { requiredKeys: ["memory"] },
    )
    .map((fields) => ({ count, ...fields }));

const pool = (most: number, mayLeave = true) =>
  fc.integer({ min: 1, max: most }).chain((count) => hosts(count, mayLeave));

/** Of masters nobody leaves: what they store does not move. */
const poolOf = (most: number, roles: fc.Arbitrary<string[]>) =>
  roles.chain((tags) => pool(most, !tags.includes("master")).map((fields) => ({ ...fields, roles: tags })));

const pools = fc.record(
  {
    master: pool(3, false),
    worker: pool(6),
    client: pool(2),
    "x-1": poolOf(3, fc.uniqueArray(role, { minLength: 1 })),
    gpu: poolOf(3, fc.constant(["worker", "client"])),
  },
  { requiredKeys: ["master", "worker"] },
);

/** What may stand together; options of any that is there. */
const services = fc.oneof(
  fc.constantFrom(undefined, {}, [], ["hdfs"], ["hdfs", "yarn"], ["mapreduce", "yarn", "hdfs"]),
  fc.record(
    {
      hdfs: fc.record(
        {
          replication: fc.constant(1),
          blockSize: fc.constantFrom(1, 64, 256),
          permissions: fc.boolean(),
          properties: fc.constantFrom({}, { "dfs.namenode.handler.count": "20" }),
        },
        { requiredKeys: [] },
      ),
      yarn: fc.constantFrom(true, { minAllocation: 256 }, { decommissionSeconds: 60 }),
      mapreduce: fc.constantFrom(true, false, null, {}),
    },
    { requiredKeys: [] },
  ),
  fc.constant({ hdfs: false, yarn: false, mapreduce: false }),
);

const users = fc.uniqueArray(
  fc.record({ name: fc.constantFrom("ann", "bob", "eve_1", "z-z"), sudo: fc.boolean() }, { requiredKeys: ["name"] }),
  { selector: ({ name }) => name, maxLength: 3 },
);

const expectations = fc.uniqueArray(
  fc.record(
    {
      name: fc.string({ minLength: 1, maxLength: 20 }),
      command: fc.string({ minLength: 1, maxLength: 40 }),
      on: role.filter((tag) => tag === "master" || tag === "worker"),
      text: fc.string({ minLength: 1, maxLength: 5 }),
      exitCode: fc.integer({ min: 0, max: 255 }),
      timeout: fc.integer({ min: 1, max: 3600 }),
      required: fc.boolean(),
    },
    { requiredKeys: ["name", "command"] },
  ),
  { selector: ({ name }) => name, maxLength: 3 },
);

/** A config that can be brought up. */
export const goodConfig: fc.Arbitrary<RandomConfig> = fc
  .record(
    {
      name: fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$/),
      pools,
      services,
      users,
      loginUser: fc.constantFrom("muster", "ops"),
      subnet: fc.constantFrom("10.99.0.0/16", "192.168.0.0/20"),
      adminNetworks: fc.constantFrom([], ["203.0.113.0/24"]),
      resolvers: fc.constantFrom([], ["9.9.9.9", "1.1.1.1"]),
      maxUnavailable: fc.constantFrom(1, 3, "10%", "100%"),
      hadoopFrom: fc.constantFrom("maven", "tarball"),
      verification: fc.record(
        { jobs: fc.boolean(), deadline: fc.integer({ min: 10, max: 1000 }), expectations },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ["name", "pools"] },
  )
  .map((config) => Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined)));

/** The same data with the keys of every mapping in another order. */
export function reordered(value: unknown, order: (keys: string[]) => string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => reordered(item, order));
  if (typeof value !== "object" || value === null) return value;
  const fields = value as Record<string, unknown>;
  return Object.fromEntries(order(Object.keys(fields)).map((key) => [key, reordered(fields[key], order)]));
}

/** A good config in which one value, wherever it stands, is gone or anything else, or has something beside it. */
export const spoiltConfig: fc.Arbitrary<unknown> = fc
  .tuple(goodConfig, fc.nat(), fc.constantFrom("replace", "remove", "add"), anything, fc.string())
  .map(([config, which, how, value, key]) => {
    const copy: unknown = structuredClone(config);
    const places = [...placesIn(copy)];
    const place = places[which % places.length];
    if (place === undefined) return copy;
    if (how === "remove") Reflect.deleteProperty(place.parent, place.key);
    // A list takes only items: of other keys it knows one, its length.
    else if (how === "add" && Array.isArray(place.parent)) place.parent.push(value);
    else Reflect.set(place.parent, how === "add" ? key : place.key, value);
    return copy;
  });

function* placesIn(value: unknown): Generator<{ parent: object; key: string }> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    yield { parent: value, key };
    yield* placesIn(child);
  }
}
