import assert from "node:assert/strict";
import { mistakeOf } from "../fixtures.ts";
import type { Refusal } from "./refusals-table.ts";
import { readOne, refusesEach } from "./refusals-table.ts";

const TABLE: Refusal[] = [
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
  ["a deadline as text", { deadlines: { machine: "2m" } }, "deadlines.machine", '"2m"', /allowed: 10 … 86400/],
  ["no time for anything", { deadlines: { total: 1 } }, "deadlines.total", "1", /allowed: 30 … 604800/],
  ["another end", { onFailure: "undo" }, "onFailure", '"undo"', /allowed: .*keep.*rollback/],
  ["no time to configure", { deadlines: { converge: 0 } }, "deadlines.converge", "0", /allowed: 60 … 86400/],
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
    /no such role tag, pool or node/,
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

describe("bad input about the rest of a cluster", () => {
  refusesEach(TABLE);

  it("refuses names that are missing, too long, in capitals or with dashes outside", () => {
    for (const name of [undefined, "x".repeat(21), "Dev", "-dev", "dev-", "a.b", ""]) {
      const mistake = mistakeOf(() => readOne({ name }));
      assert.equal(mistake.path, "c[0].name");
      assert.match(mistake.allowed, /1 to 20/);
    }
  });
});
