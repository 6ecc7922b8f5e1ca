import assert from "node:assert/strict";
import type { CheckOutput } from "../../contract/job.ts";
import { Inside } from "../hosts/inside.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";
import { remains } from "./machine.ts";
import { OneCluster } from "./one-cluster.ts";
import { expectCode } from "./checkout.ts";

const MINUTE = 60_000;

class WatchedCluster extends OneCluster {
  want(nodes: number): void {
    this.describe(
      "kind: pool",
      `pools: { node: { count: ${nodes}, memory: 256 MiB }, monitor: { roles: [master, monitor], memory: 512 MiB } }`,
      "services: { prometheus: { scrapeSeconds: 2 }, ganglia: { pollSeconds: 2 } }",
    );
  }

  async checks(): Promise<Map<string, CheckOutput>> {
    return new Map((await this.checkout.status()).checks.map((check) => [check.name, check]));
  }
}

describe("plain machines that are watched by Prometheus and Ganglia", function () {
  this.timeout(8 * MINUTE);
  eachNeedsTheOneBefore(this);
  const cluster = new WatchedCluster();
  const { checkout, name } = cluster;
  const inside = (node: string) => new Inside(cluster.host(`${name}-${node}`));
  const started = (node: string, unit: string) =>
    inside(node).sh(`systemctl show -P ActiveEnterTimestampMonotonic ${unit}`);
  after(() => cluster.remove());

  it("come up with everybody reporting", async () => {
    cluster.want(1);
    const { stdout } = await checkout.up();
    assert.match(stdout, new RegExp(`prometheus +http://${name}-monitor-1\\.${name}\\.internal:9090`));
    const checks = await cluster.checks();
    assert.equal(checks.get("prometheus: targets")?.detail, "3 of 3 up");
    assert.equal(checks.get("prometheus: rules")?.detail, "15 alerts");
    assert.equal(checks.get("ganglia: hosts")?.detail, "2 of 2 report");
  });

  it("watch a node that comes, without a restart of anything", async () => {
    const before = [await started("monitor-1", "prometheus"), await started("monitor-1", "gmetad")];
    cluster.want(2);
    await checkout.up();
    const checks = await cluster.checks();
    assert.equal(checks.get("prometheus: targets")?.detail, "4 of 4 up");
    assert.equal(checks.get("ganglia: hosts")?.detail, "3 of 3 report");
    assert.deepEqual([await started("monitor-1", "prometheus"), await started("monitor-1", "gmetad")], before);
  });

  it("name who does not report, and go", async () => {
    await inside("node-2").sh("systemctl stop prometheus-node-exporter");
    const told = expectCode(await checkout.onStack("verify", "--json"), 3).stdout;
    assert.match(told, new RegExp(`missing: node of ${name}-node-2 \\(`));
    expectCode(await checkout.onStack("down", "--yes"), 0);
    assert.deepEqual(await remains(cluster.id), []);
  });
});
