import assert from "node:assert/strict";
import { readClusters } from "../../../../plan/config/read.ts";
import { fakes } from "../fake-services.ts";
import { mistakeOf, mistakesOf } from "../fixtures.ts";

const SMALL = { master: 1, worker: 2 };
const read = (cluster: unknown) => readClusters([cluster], "c", { registry: fakes });

/** Config (beside the name), path of the one mistake, what was found, a part of what is allowed. */
const TABLE: [title: string, config: unknown, path: string, found: string, allowed: RegExp][] = [
  ["a count that is text", { pools: { master: "one" } }, "pools.master", '"one"', /a count \(1 … 4000\) or fields/],
  ["a count of 0", { pools: { master: 1, worker: 0 } }, "pools.worker", "0", /1 … 4000/],
  [
    "a count of -1 in the long form",
    { pools: { master: 1, worker: { count: -1 } } },
    "pools.worker.count",
    "-1",
    /1 … 4000/,
  ],
  ["a count of 4001", { pools: { master: 1, worker: 4001 } }, "pools.worker", "4001", /1 … 4000/],
  ["half a node", { pools: { master: 1.5, worker: 1 } }, "pools.master", "1.5", /1 … 4000/],
  ["pools that are a number", { pools: 3 }, "pools", "3", /a map from pool name/],
  ["no pool", { pools: {} }, "pools", "none", /at least one pool/],
  ["an unknown field", { poools: SMALL }, "poools", "unknown name", /did you mean "pools"/],
  [
    "an unknown field of a pool",
    { pools: { ...SMALL, client: { memry: "1 GiB" } } },
    "pools.client.memry",
    "unknown name",
    /did you mean "memory"/,
  ],
  [
    "an unknown service",
    { services: { hdsf: {} } },
    "services.hdsf",
    "unknown name",
    /did you mean "hdfs"\? {3}\(hdfs, yarn\)/,
  ],
  ["an unknown service in a list", { services: ["hdfs", "yran"] }, "services[1]", '"yran"', /did you mean "yarn"/],
  ["a service named twice", { services: ["hdfs", "hdfs"] }, "services[1]", '"hdfs"', /twice/],
  [
    "an unknown option",
    { services: { hdfs: { copis: 2 } } },
    "services.hdfs.copis",
    "unknown name",
    /did you mean "copies"/,
  ],
  [
    "an option of the wrong type",
    { services: { hdfs: { copies: "x" } } },
    "services.hdfs.copies",
    '"x"',
    /a number|a whole number/,
  ],
  ["an option out of range", { services: { hdfs: { copies: 0 } } }, "services.hdfs.copies", "0", /at least 1/],
  ["what a service refuses", { services: { hdfs: { copies: 3 } } }, "services.hdfs.copies", "3", /1 … 2/],
  [
    "a service without the one it needs",
    { services: { hdfs: false } },
    "services.yarn",
    "on, without hdfs",
    /turn hdfs on, or yarn off/,
  ],
  [
    "an unknown role tag",
    { pools: { ...SMALL, gpu: { roles: ["wroker"] } } },
    "pools.gpu.roles[0]",
    '"wroker"',
    /did you mean "worker"/,
  ],
  ["a pool without roles", { pools: { ...SMALL, gpu: 1 } }, "pools.gpu.roles", "nothing", /"gpu" is no role tag/],
  ["a pool in capitals", { pools: { ...SMALL, Client: 1 } }, "pools.Client", 'name "Client"', /a–z, 0–9/],
  [
    "a pool's name that is too long",
    { pools: { ...SMALL, ["c".repeat(21)]: { roles: ["client"] } } },
    `pools.${"c".repeat(21)}`,
    `name "${"c".repeat(21)}"`,
    /1 to 20/,
  ],
  [
    "a pool named twice",
    { pools: [{ name: "master" }, { name: "worker" }, { name: "worker", count: 3 }] },
    "pools[2].name",
    '"worker"',
    /used twice/,
  ],
  ["too many pools", { pools: { ...SMALL, ...many(13) } }, "pools", "13 pools with names of their own", /12/],
  [
    "memory without unit",
    { pools: { ...SMALL, client: { memory: 1024 } } },
    "pools.client.memory",
    "1024",
    /with unit/,
  ],
  [
    "memory in an unknown unit",
    { pools: { ...SMALL, client: { memory: "1 GiBi" } } },
    "pools.client.memory",
    '"1 GiBi"',
    /GiB/,
  ],
  [
    "memory too small for the daemons",
    { pools: { master: { memory: "256 MiB" }, worker: 1 } },
    "pools.master.memory",
    "256 MiB",
    /at least 512 MiB; its daemons need 364 MiB \(system 80 \+ index 150 \+ helper 30 \+ manager 104\)/,
  ],
  ["a malformed disk", { pools: { ...SMALL, client: { disk: "10" } } }, "pools.client.disk", '"10"', /GiB/],
  [
    "minReady above the count",
    { pools: { master: 1, worker: { count: 2, minReady: 3 } } },
    "pools.worker.minReady",
    "3",
    /0 … 2/,
  ],
  [
    "minReady above 100%",
    { pools: { master: 1, worker: { minReady: "120%" } } },
    "pools.worker.minReady",
    '"120%"',
    /"90%"/,
  ],
  [
    "minReady above what is left",
    { pools: { master: 1, worker: { count: 3, without: [2], minReady: 3 } } },
    "pools.worker.minReady",
    "3",
    /0 … 2/,
  ],
  [
    "without a node that isn't there",
    { pools: { master: 1, worker: { count: 2, without: ["dev-worker-3"] } } },
    "pools.worker.without[0]",
    '"dev-worker-3"',
    /dev-worker-1 … 2/,
  ],
  [
    "without the only master",
    { pools: { master: { without: [1] }, worker: 1 } },
    "pools.master.without",
    "dev-master-1",
    /keep at least one/,
  ],
  [
    "without the master that holds the data",
    { pools: { master: { count: 2, without: ["dev-master-1"] }, worker: 1 } },
    "pools.master.without",
    "dev-master-1",
    /holds the data of index/,
  ],
  ["no master", { pools: { worker: 1 } }, "pools", "no node with role master", /serve names and time/],
  ["a malformed subnet", { subnet: "10.1.0.0" }, "subnet", '"10.1.0.0"', /a network such as/],
  ["a subnet with 300 in it", { subnet: "10.300.0.0/20" }, "subnet", '"10.300.0.0/20"', /a network such as/],
  ["a public subnet", { subnet: "8.8.0.0/20" }, "subnet", "8.8.0.0/20", /a private network/],
  ["a subnet with host bits", { subnet: "10.1.1.0/20" }, "subnet", "10.1.1.0/20", /10\.1\.0\.0\/20/],
  ["a subnet too small", { subnet: "10.1.0.0/27" }, "subnet", "10.1.0.0/27", /worker 2, room for 1\): allowed: \/26/],
  [
    "more nodes than the default subnet holds",
    { pools: { master: 1, worker: 256 } },
    "pools.worker.count",
    "256",
    /255 nodes a pool: set subnet to a private \/19/,
  ],
  ["a user named twice", { users: ["ann", "bob", { name: "ann" }] }, "users[2].name", '"ann"', /used twice/],
  ["a user of the system", { users: ["hdfs"] }, "users[0]", '"hdfs"', /of a service/],
  ["a user named like the login user", { users: ["muster"] }, "users[0]", '"muster"', /already there as loginUser/],
  ["a user in capitals", { users: ["Ann"] }, "users[0]", '"Ann"', /a–z first/],
  [
    "two users with one uid",
    {
      users: [
        { name: "ann", uid: 20001 },
        { name: "bob", uid: 20001 },
      ],
    },
    "users[1].uid",
    "20001, which another user has too",
    /of its own/,
  ],
  ["root as login user", { loginUser: "root" }, "loginUser", '"root"', /choose another/],
  [
    "a key file that cannot be read",
    { users: [{ name: "ann", sshKeys: ["~/none.pub"] }] },
    "users[0].sshKeys[0]",
    '"~/none.pub"',
    /cannot be read: files are not read here/,
  ],
  [
    "admin networks that are no networks",
    { adminNetworks: ["home"] },
    "adminNetworks[0]",
    '"home"',
    /a network such as/,
  ],
  [
    "admin networks that are the world",
    { adminNetworks: ["0.0.0.0/0"] },
    "adminNetworks[0]",
    "0.0.0.0/0",
    /openToWorld: true/,
  ],
  ["half of the world", { adminNetworks: ["128.0.0.0/1"] }, "adminNetworks[0]", "128.0.0.0/1", /openToWorld: true/],
  ["an unknown Hadoop", { versions: { hadoop: "9.9" } }, "versions.hadoop", '"9.9"', /3\.4\.2/],
  ["a Java that does not fit", { versions: { java: 21 } }, "versions.java", "21", /allowed with Hadoop 3\.4\.2: 17/],
  [
    "an expectation nowhere",
    { verification: { expectations: [{ name: "x", command: "true", on: "wrker" }] } },
    "verification.expectations[0].on",
    '"wrker"',
    /did you mean "worker"/,
  ],
  [
    "an expectation on a role without nodes",
    { verification: { expectations: [{ name: "x", command: "true", on: "client" }] } },
    "verification.expectations[0].on",
    '"client"',
    /no such role tag or node/,
  ],
  [
    "two expectations of one name",
    {
      verification: {
        expectations: [
          { name: "x", command: "true" },
          { name: "x", command: "false" },
        ],
      },
    },
    "verification.expectations[1].name",
    '"x"',
    /used twice/,
  ],
  ["a resolver that is no address", { resolvers: ["dns.example"] }, "resolvers[0]", '"dns.example"', /an IPv4 address/],
];

function many(count: number): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`extra${at}`, { roles: ["client"] }]));
}

describe("bad input in a cluster's config", () => {
  for (const [title, config, path, found, allowed] of TABLE) {
    it(`refuses ${title}`, () => {
      const mistake = mistakeOf(() => read({ name: "dev", ...(config as object) }));
      assert.equal(mistake.path, `c[0].${path}`);
      assert.equal(mistake.found, found);
      assert.match(mistake.allowed, allowed);
    });
  }

  it("refuses a role that no pool has, once for each daemon that needs it", () => {
    const mistakes = mistakesOf(() => read({ name: "dev", pools: { master: 1 } }));
    assert.deepEqual(
      mistakes.map(({ path, found }) => [path, found]),
      [
        ["c[0].pools", "no node with role worker"],
        ["c[0].pools", "no node with role worker"],
      ],
    );
    assert.match(mistakes[0]?.allowed ?? "", /block of hdfs needs one/);
    assert.match(mistakes[1]?.allowed ?? "", /runner of yarn needs one/);
  });

  it("refuses names that are missing, too long, in capitals or with dashes outside", () => {
    for (const name of [undefined, "x".repeat(21), "Dev", "-dev", "dev-", "a.b", ""]) {
      const mistake = mistakeOf(() => read({ name }));
      assert.equal(mistake.path, "c[0].name");
      assert.match(mistake.allowed, /1 to 20/);
    }
  });

  it("shows paths of a list of pools as they were written", () => {
    const pools = [{ name: "worker" }, { name: "master", memory: "256 MiB" }];
    assert.equal(mistakeOf(() => read({ name: "dev", pools })).path, "c[0].pools[1].memory");
  });
});
