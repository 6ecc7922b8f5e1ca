import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Checkout, expectCode } from "./checkout.ts";
import { tagged } from "./machine.ts";

interface BadInput {
  what: string;
  /** The cluster's fields beyond its name and kind, as YAML flow. */
  cluster: string;
  /** What must be told, all of it at once. */
  told: RegExp[];
}

const table: BadInput[] = [
  { what: "a wrong type", cluster: "pools: { worker: many }", told: [/pools\.worker/] },
  { what: "an unknown key", cluster: "poools: { master: 1 }", told: [/poools/, /pools/] },
  { what: "an unknown service", cluster: "services: { hdsf: {} }", told: [/services\.hdsf/, /did you mean "hdfs"/] },
  { what: "a count of nothing", cluster: "pools: { worker: 0 }", told: [/pools\.worker.*found 0/] },
  { what: "a negative count", cluster: "pools: { worker: -1 }", told: [/pools\.worker.*found -1/] },
  { what: "a duplicate pool", cluster: "pools: [{ name: worker }, { name: worker }]", told: [/pools\[1\].*twice/s] },
  { what: "a subnet that is too small", cluster: "subnet: 10.99.0.0/29", told: [/subnet/] },
  { what: "memory for no daemon", cluster: "pools: { worker: { memory: 64 MiB } }", told: [/memory/] },
  { what: "more copies than DataNodes", cluster: "services: { hdfs: { replication: 9 } }", told: [/replication/] },
  {
    what: "an SSH key that is not there",
    cluster: "users: [{ name: ann, sshKeys: [/no/such/key.pub] }]",
    told: [/sshKeys/, /no such file/],
  },
  {
    what: "an SSH key that cannot be read",
    cluster: "users: [{ name: ann, sshKeys: [/usr] }]",
    told: [/users\[0\]\.sshKeys\[0\]/, /cannot be read: not a file/],
  },
  {
    what: "an SSH key that is none",
    cluster: "users: [{ name: ann, sshKeys: [/etc/os-release] }]",
    told: [/users\[0\]\.sshKeys\[0\]/, /public key/],
  },
  {
    what: "several mistakes, all at once",
    cluster: "pools: { worker: { count: -1 } }, services: { hdsf: {} }, resolvers: [nowhere]",
    told: [/3 mistakes in Pulumi\.[\w-]+\.yaml, nothing was made/, /worker\.count/, /hdsf/, /resolvers/],
  },
];

describe("a mistake in a stack's file", function () {
  this.timeout(120_000);
  const checkout = new Checkout();
  const { name } = checkout;
  after(() => checkout.remove());

  const write = (cluster: string): void =>
    checkout.writeStack(
      name,
      `config:\n  muster:cloud: local\n  muster:clusters:\n    - { name: ${name}, kind: hadoop, ${cluster} }\n`,
    );

  for (const { what, cluster, told } of table) {
    it(`${what}: is told, and nothing is made`, async () => {
      write(cluster);
      const { stderr } = expectCode(await checkout.muster("up", "--stack", name, "--yes"), 2);
      for (const expected of told) assert.match(stderr, expected);
      assert.doesNotMatch(stderr, /\n\s+at /);
    });
  }

  it("an unknown cloud: is told by name", async () => {
    checkout.writeStack(name, "config: { 'muster:cloud': lokal, 'muster:clusters': [{ name: dev, kind: hadoop }] }\n");
    const { stderr } = expectCode(await checkout.muster("up", "--stack", name, "--yes"), 2);
    assert.match(stderr, /muster:cloud.*lokal.*local/s);
  });

  it("no YAML at all: is told with its line", async () => {
    checkout.writeStack(name, "config: [\n");
    const { stderr } = expectCode(await checkout.muster("up", "--stack", name, "--yes"), 2);
    assert.match(stderr, /no valid YAML/);
  });

  it("a stack that is not there: the others are named", async () => {
    const { stderr } = expectCode(await checkout.muster("up", "--stack", "deev", "--yes"), 2);
    assert.match(stderr, /no Pulumi\.deev\.yaml/);
    assert.match(stderr, /did you mean "dev"/);
  });

  it("a wrong command line: is told", async () => {
    expectCode(await checkout.muster("stauts"), 2);
    expectCode(await checkout.muster("up", "--stakc", "dev"), 2);
  });

  it("nothing was made by any of it", async () => {
    const id = checkout.clusterId(name, name);
    const made = await Promise.all((["container", "volume", "network"] as const).map((kind) => tagged(kind, id)));
    assert.deepEqual(made.flat(), []);
    const stacks = join(checkout.state, "backend", ".pulumi", "stacks");
    assert.deepEqual(existsSync(stacks) ? readdirSync(stacks) : [], []);
  });
});
