import assert from "node:assert/strict";
import { SparkCluster } from "../../components/spark-cluster.ts";
import type { SparkClusterArgs } from "../../components/spark-cluster.ts";
import { answer } from "../mock/commands.ts";
import { FakeCloud } from "../mock/fake-cloud.ts";
import { mockRun } from "../mock/monitor.ts";
import type { MockRun } from "../mock/monitor.ts";
import { withStateFolder } from "../mock/state-folder.ts";

const build = (args: Partial<SparkClusterArgs> = {}): Promise<MockRun> =>
  mockRun(
    () => {
      const cluster = new SparkCluster("lab", { cloud: new FakeCloud(), bundle: "bundle", ...args });
      return { endpoints: cluster.endpoints };
    },
    { answer },
  );

describe("a Spark cluster", () => {
  withStateFolder();

  it("is three hosts under one component and keeps no data: no volume, and where it answers", async () => {
    const found = await build();
    assert.equal(found.error, undefined);
    const names = found.registrations.map(({ name, parent }) => `${parent}/${name}`).sort();
    const parts = ["identity", "intent", "master-1", "network", "ready", "worker-1", "worker-2"];
    assert.deepEqual(names, ["/muster-dev", ...parts.map((part) => `lab/lab-${part}`), "muster-dev/lab"]);
    assert.equal(found.of("lab").type, "muster:index:SparkCluster");
    assert.deepEqual(found.outputs["endpoints"], {
      spark: "spark://lab-master-1.lab.internal:7077",
      "spark-web": "http://lab-master-1.lab.internal:8080",
      "spark-history": "http://lab-master-1.lab.internal:18080",
    });
  });

  it("gets volumes with HDFS, and refuses what does not fit before anything is made", async () => {
    const memory = "2 GiB";
    const pools = { master: { count: 1, memory }, worker: { count: 2, memory } };
    const stored = await build({ pools, services: { hdfs: true } });
    assert.deepEqual(
      stored.registrations.map(({ name }) => name).filter((name) => name.endsWith("-data")),
      ["lab-master-1-data", "lab-worker-1-data", "lab-worker-2-data"],
    );
    const refused = await build({ versions: { java: 11 }, services: { spark: { python: "3.8" } } });
    assert.match(String(refused.error), /lab\.versions\.java[^]*lab\.services\.spark\.python/);
    assert.deepEqual(
      refused.registrations.map(({ name }) => name),
      ["muster-dev"],
    );
  });
});
