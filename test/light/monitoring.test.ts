import assert from "node:assert/strict";
import type { CheckOutput } from "../../contract/job.ts";
import { Inside } from "../hosts/inside.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";
import { remains } from "../e2e/machine.ts";
import { OneCluster } from "../e2e/one-cluster.ts";
import { expectCode } from "../e2e/checkout.ts";

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
  const monitor = new Inside(cluster.host(`${name}-monitor-1`));
  const started = () =>
    monitor.sh("systemctl show -P ActiveEnterTimestampMonotonic prometheus gmetad ganglia-monitor ganglia-web");
  after(() => cluster.remove());

  it("come up with everybody reporting", async () => {
    cluster.want(1);
    const { stdout } = await checkout.up();
    assert.match(stdout, new RegExp(`prometheus +http://${name}-monitor-1\\.${name}\\.internal:9090`));
    const checks = await cluster.checks();
    assert.equal(checks.get("prometheus: targets")?.detail, "3 of 3 up");
    assert.equal(checks.get("prometheus: rules")?.detail, "16 alerts");
    assert.equal(checks.get("ganglia: hosts")?.detail, "2 of 2 report");
    assert.equal(checks.get("ganglia: pages")?.detail, "2 of 2 shown, with graphs");
  });

  it("watch a node that comes, without a restart of anything, and go", async () => {
    const before = await started();
    cluster.want(2);
    await checkout.up();
    const checks = await cluster.checks();
    assert.equal(checks.get("prometheus: targets")?.detail, "4 of 4 up");
    assert.equal(checks.get("ganglia: hosts")?.detail, "3 of 3 report");
    assert.equal(checks.get("ganglia: pages")?.detail, "3 of 3 shown, with graphs");
    assert.equal(await started(), before);
    expectCode(await checkout.onStack("down", "--yes"), 0);
    assert.deepEqual(await remains(cluster.id), []);
  });
});
