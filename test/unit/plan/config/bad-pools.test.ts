import assert from "node:assert/strict";
import { mistakeOf, mistakesOf } from "../fixtures.ts";
import type { Refusal } from "./refusals-table.ts";
import { readOne, refusesEach } from "./refusals-table.ts";

const SMALL = { master: 1, worker: 2 };

const TABLE: Refusal[] = [
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
];

function many(count: number): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`extra${at}`, { roles: ["client"] }]));
}

describe("bad input about pools and services", () => {
  refusesEach(TABLE);

  it("refuses a role that no pool has, once for each daemon that needs it", () => {
    const mistakes = mistakesOf(() => readOne({ name: "dev", pools: { master: 1 } }));
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

  it("shows paths of a list of pools as they were written", () => {
    const pools = [{ name: "worker" }, { name: "master", memory: "256 MiB" }];
    assert.equal(mistakeOf(() => readOne({ name: "dev", pools })).path, "c[0].pools[1].memory");
  });
});
