import assert from "node:assert/strict";
import type { ClusterStatus } from "../../cli/status.ts";
import { Checkout, expectCode } from "./checkout.ts";
import { tagged } from "./machine.ts";

const MINUTE = 60_000;

/** Another shape than the default: a client, two masters, and growth of a cluster that runs. With `--full` only. */
const clusterOfAnotherShape = function (this: Mocha.Suite) {
  this.timeout(10 * MINUTE);
  this.bail(true);
  const checkout = new Checkout();
  const { name } = checkout;
  const stack = name;
  const id = checkout.clusterId(stack, name);
  const yaml = (workers: number): string => `config:
  muster:cloud: local
  muster:clusters:
    - name: ${name}
      kind: hadoop
      pools: { master: 2, client: 1, worker: ${workers} }
      services: { hdfs: { replication: 1 } }
`;
  const muster = (command: string, ...args: string[]) => checkout.muster(command, "--stack", stack, ...args);
  const status = async () => JSON.parse((await muster("status", "--json")).stdout) as ClusterStatus;

  before(() => checkout.writeStack(stack, yaml(1)));
  after(() => checkout.remove(stack));

  it("comes up, with work done from the client", async function () {
    this.timeout(20 * MINUTE);
    expectCode(await muster("up", "--yes"), 0);
    const { stdout } = expectCode(await muster("run", "--", "hostname"), 0);
    assert.equal(stdout.trim(), `${name}-client-1`);
  });

  it("grows by one without touching who was there", async () => {
    const before = new Map((await status()).nodes.map((node) => [node.name, node.address]));
    checkout.writeStack(stack, yaml(2));
    const { stdout } = expectCode(await muster("preview"), 0);
    assert.match(stdout, new RegExp(`makes .*${name}-worker-2`));
    expectCode(await muster("up", "--yes"), 0);
    const after = await status();
    assert.equal(after.state, "ready");
    for (const [node, address] of before) assert.equal(after.nodes.find((n) => n.name === node)?.address, address);
  });

  it("asks before it shrinks, then lets the leaver go", async () => {
    checkout.writeStack(stack, yaml(1));
    const { stderr } = expectCode(await muster("up"), 2);
    assert.match(stderr, new RegExp(`takes away .*${name}-worker-2`));
    expectCode(await muster("up", "--yes"), 0);
    const hosts = await tagged("container", id);
    assert.ok(!hosts.some((host) => host.endsWith("worker-2")));
    assert.equal((await status()).state, "ready");
  });
};

if (process.env["MUSTER_FULL"] !== undefined) {
  describe("a cluster with two masters and a client", clusterOfAnotherShape);
}
