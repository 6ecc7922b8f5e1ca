import assert from "node:assert/strict";
import type { ClusterConfigInput } from "../../../plan/config/cluster-schema.ts";
import { specFromArgs } from "../../../plan/config/read.ts";
import { nodeView } from "../../../plan/node-view.ts";
import { planCluster } from "../../../plan/plan-cluster.ts";
import { mistakesOf, whereabouts } from "../plan/fixtures.ts";

type Args = Omit<ClusterConfigInput, "name">;

const pools = { master: { count: 1, memory: "2 GiB" }, worker: { count: 2, memory: "2 GiB" } };
const withSpark: Args = { kind: "spark", subnet: "10.9.0.0/24", pools, services: { python: true } };
const planOf = (args: Args) => planCluster(specFromArgs("lab", args), whereabouts);

function sparkOf(args: Args): { defaults: Record<string, string>; python: { path: string } } {
  const plan = planOf(args);
  const [node] = plan.nodes;
  assert.ok(node);
  return nodeView(plan, node, { formatted: [], operatorSources: [] }).services["spark"] as never;
}

describe("the scientific Python", () => {
  it("is on every node, before Spark, which makes it the Python of jobs", () => {
    for (const node of planOf(withSpark).nodes) {
      assert.ok(node.apply.includes("python"), node.name);
      assert.ok(node.apply.indexOf("python") < node.apply.indexOf("spark"), node.apply.join(" "));
    }
    const { defaults, python } = sparkOf(withSpark);
    assert.equal(python.path, "/opt/python/bin/python3");
    assert.equal(defaults["spark.pyspark.python"], python.path);
    assert.equal(sparkOf({ ...withSpark, services: {} }).python.path, "/usr/bin/python3");
  });

  it("has room beside the heap of each task's executor", () => {
    const beyond = (args: Args) => Number.parseInt(sparkOf(args).defaults["spark.executor.memoryOverhead"] ?? "", 10);
    const four = { ...pools, worker: { count: 2, memory: "8 GiB", cpus: 4 } };
    for (const shape of [pools, four]) {
      const cores = Number(sparkOf({ ...withSpark, pools: shape }).defaults["spark.executor.cores"]);
      const more = beyond({ ...withSpark, pools: shape }) - beyond({ ...withSpark, pools: shape, services: {} });
      assert.ok(more >= 180 * cores || beyond({ ...withSpark, pools: shape }) >= 160 + 180 * cores, `${more} ${cores}`);
    }
    const small = { ...pools, worker: { count: 2, memory: "1 GiB", cpus: 2 } };
    assert.deepEqual(
      mistakesOf(() => planOf({ ...withSpark, pools: small })).map(({ path }) => path),
      ["lab.pools.worker.memory"],
    );
  });

  it("is checked on every node; and by a fit on all executors where there is Spark", () => {
    const { checks } = planOf(withSpark);
    const imports = checks.find(({ name }) => name === "python: imports");
    assert.deepEqual([imports?.mode, imports?.on.length], ["each", 3]);
    const fit = checks.find(({ name }) => name === "python: a fit on all executors");
    assert.deepEqual(fit?.run, ["python/fit", "lab-worker-1", "lab-worker-2"]);
    assert.ok(
      fit?.after?.every((name) => checks.some((check) => check.name === name)),
      fit?.after?.join(),
    );
    const without = planOf({ ...withSpark, kind: "hadoop", services: { python: true } }).checks;
    assert.ok(without.every(({ name }) => !name.includes("fit")));
  });

  it("refuses another Python for jobs, and versions that nobody locked", () => {
    const mistakes = mistakesOf(() => planOf({ ...withSpark, services: { python: true, spark: { python: "3.12" } } }));
    assert.deepEqual(
      mistakes.map(({ path }) => path),
      ["lab.services.spark.python"],
    );
    const unknown = mistakesOf(() => planOf({ ...withSpark, services: { python: { version: "3.9" } } }));
    assert.deepEqual(
      unknown.map(({ path }) => path),
      ["lab.services.python.version"],
    );
  });
});
