import assert from "node:assert/strict";
import type { ClusterConfigInput } from "../../../plan/config/cluster-schema.ts";
import { specFromArgs } from "../../../plan/config/read.ts";
import type { ClusterPlan } from "../../../plan/cluster-plan.ts";
import { nodeView } from "../../../plan/node-view.ts";
import { planCluster } from "../../../plan/plan-cluster.ts";
import { mistakesOf, whereabouts } from "../plan/fixtures.ts";

type Args = Omit<ClusterConfigInput, "name">;

const alone: Args = { kind: "spark", subnet: "10.9.0.0/24", pools: { master: 1, worker: 2 } };
const onYarn: Args = {
  subnet: "10.9.0.0/24",
  pools: { master: { count: 1, memory: "2 GiB" }, worker: { count: 2, memory: "2 GiB" } },
  services: { mapreduce: false, spark: true },
};
const planOf = (args: Args): ClusterPlan => planCluster(specFromArgs("lab", args), whereabouts);

interface SparkSettings {
  mode: string;
  defaults: Record<string, string>;
  worker?: { cores: number; memory: number };
  events: string;
  submitters: string[];
}

function viewOf(args: Args, node: string) {
  const plan = planOf(args);
  const found = plan.nodes.find((each) => each.name === node);
  assert.ok(found, `${node} in ${plan.nodes.map((each) => each.name).join(" ")}`);
  return nodeView(plan, found, { formatted: [], operatorSources: [] });
}

const settingsOf = (args: Args, node: string) => viewOf(args, node).services["spark"] as unknown as SparkSettings;
const withSpark = (args: Args, options: object): Args => ({ ...args, services: { ...args.services, spark: options } });
const memoryOf = (text: string | undefined): number => Number(/^(\d+)m$/.exec(text ?? "")?.[1]);

describe("Spark with its own master and workers", () => {
  it("fits on hosts of 1 GiB: a master and the history server, a worker on each worker", () => {
    const { nodes } = planOf(alone);
    assert.deepEqual(
      nodes.map((node) => node.daemons),
      [["sparkmaster", "sparkhistory"], ["sparkworker"], ["sparkworker"]],
    );
    assert.deepEqual(nodes[1]?.apply.slice(-2), ["java", "spark"]);
    assert.ok(nodes.every((node) => !node.stateful));
  });

  it("gives executors what the plan leaves: all of them together fit beside the worker itself", () => {
    for (const memory of [1024, 2048, 8192, 65536]) {
      for (const cpus of [1, 2, 4, 8, 16]) {
        const args = { ...alone, pools: { master: 1, worker: { count: 2, memory: `${memory} MiB`, cpus } } };
        const node = planOf(args).nodes.find((each) => each.pool === "worker");
        const { defaults, worker } = settingsOf(args, "lab-worker-1");
        const heap = memoryOf(defaults["spark.executor.memory"]);
        const count = (worker?.memory ?? 0) / heap;
        const needed = count * (heap + memoryOf(defaults["spark.executor.memoryOverhead"]));
        assert.ok(heap >= 480, `${memory} ${cpus}: ${heap}`);
        assert.ok(Number.isInteger(count) && needed <= (node?.memory.available ?? 0), `${memory} ${cpus}: ${count}`);
        assert.ok(count * Number(defaults["spark.executor.cores"]) <= cpus, `${memory} ${cpus}: ${count} executors`);
      }
    }
  });

  it("asks for the secret, takes no jobs over HTTP, and forgets no application with its master", () => {
    const { defaults } = settingsOf(alone, "lab-master-1");
    const expected = {
      "spark.master": "spark://lab-master-1.lab.internal:7077",
      "spark.authenticate": "true",
      "spark.master.rest.enabled": "false",
      "spark.ui.killEnabled": "false",
      "spark.deploy.recoveryMode": "FILESYSTEM",
      "spark.eventLog.dir": "file:///var/lib/spark/events",
      "spark.history.fs.logDirectory": "file:///var/lib/spark/events",
    };
    for (const [name, value] of Object.entries(expected)) assert.equal(defaults[name], value, name);
    assert.ok(!("spark.authenticate.secret" in defaults));
    assert.deepEqual(viewOf(alone, "lab-worker-1").secrets, ["spark.authenticate"]);
    assert.deepEqual(viewOf({ ...alone, kind: "hadoop" }, "lab-worker-1").secrets, []);
  });

  it("opens its own ports to the cluster, and no others of Spark's", () => {
    const { firewall } = planOf(alone);
    const rules = firewall.filter((rule) => rule.name.startsWith("spark "));
    assert.deepEqual(
      rules.map(({ name, ports }) => `${name} ${ports.join("-")}`),
      [
        "spark sparkmaster rpc 7077-7077",
        "spark sparkmaster web 8080-8080",
        "spark sparkworker rpc 7078-7078",
        "spark sparkworker web 8081-8081",
        "spark sparkhistory web 18080-18080",
        "spark application page 4040-4104",
        "spark application driver 7100-7164",
        "spark application blocks 7200-7264",
      ],
    );
    assert.ok(rules.every((rule) => rule.source === "cluster"));
    assert.deepEqual(
      planOf({ ...alone, services: [] }).firewall.filter((rule) => rule.name.startsWith("spark")),
      [],
    );
  });

  it("checks its workers by name, then Pi on all of them where the events are read", () => {
    const checks = planOf({ ...alone, pools: { master: 2, worker: 2, client: 1 } }).checks;
    const workers = checks.find((check) => check.run[0] === "spark/workers");
    assert.deepEqual([workers?.on, workers?.run.slice(1)], [["lab-master-2"], ["lab-worker-1", "lab-worker-2"]]);
    const pi = checks.find((check) => check.run[0] === "spark/pi");
    assert.deepEqual([pi?.on, pi?.run.slice(1)], [["lab-master-1"], ["lab-worker-1", "lab-worker-2"]]);
    for (const name of pi?.after ?? [])
      assert.ok(
        checks.some((check) => check.name === name),
        name,
      );
    const structural = planOf({ ...alone, verification: { jobs: false } }).checks;
    assert.ok(!structural.some((check) => check.run[0] === "spark/pi"));
  });

  it("keeps its events in HDFS where the cluster has it, and works from a client then", () => {
    const stored: Args = {
      ...alone,
      pools: { master: 1, client: 1, worker: { count: 2, memory: "2 GiB" } },
      services: { hdfs: true },
    };
    assert.equal(settingsOf(stored, "lab-worker-1").events, "/spark-history");
    const { defaults } = settingsOf(stored, "lab-worker-1");
    assert.equal(defaults["spark.eventLog.dir"], "hdfs://lab-master-1.lab.internal:8020/spark-history");
    const { directories } = viewOf(stored, "lab-master-1").services["hdfs"] as { directories: { path: string }[] };
    assert.ok(directories.some(({ path }) => path === "/spark-history"));
    assert.deepEqual(planOf(stored).checks.find((check) => check.run[0] === "spark/pi")?.on, ["lab-client-1"]);
  });
});

describe("Spark on YARN", () => {
  it("has no daemons of its own but the history server, and its jars on every node", () => {
    const { nodes, artifacts } = planOf(onYarn);
    const own = nodes.flatMap((node) => node.daemons.filter((daemon) => daemon.startsWith("spark")));
    assert.deepEqual(own, ["sparkhistory"]);
    assert.ok(nodes.every((node) => node.apply.includes("spark")));
    assert.deepEqual(
      artifacts.map(({ name }) => name),
      ["hadoop", "spark"],
    );
    const ports = planOf(onYarn).firewall.filter((rule) => rule.name.startsWith("spark spark"));
    assert.deepEqual(
      ports.map(({ name }) => name),
      ["spark sparkhistory web"],
    );
    const { defaults, mode } = settingsOf(onYarn, "lab-worker-1");
    assert.equal(mode, "yarn");
    assert.equal(defaults["spark.master"], "yarn");
    assert.equal(defaults["spark.yarn.jars"], "local:/opt/spark/jars/*");
    assert.equal(defaults["spark.dynamicAllocation.enabled"], "true");
  });

  it("asks YARN for containers that fit together on one worker: an executor, and who asks for it", () => {
    for (const memory of [1920, 2048, 4096, 16384, 131072]) {
      for (const cpus of [1, 2, 4, 8]) {
        const host = { memory: `${memory} MiB`, cpus };
        const args = { ...onYarn, pools: { master: { count: 1, ...host }, worker: { count: 2, ...host } } };
        const { defaults } = settingsOf(args, "lab-worker-1");
        const { yarnSite } = viewOf(args, "lab-master-1").services["yarn"] as { yarnSite: Record<string, string> };
        const step = Number(yarnSite["yarn.scheduler.minimum-allocation-mb"]);
        const container = (part: string) => {
          const size = memoryOf(defaults[`${part}.memory`]) + memoryOf(defaults[`${part}.memoryOverhead`]);
          return Math.ceil(size / step) * step;
        };
        const available = planOf(args).nodes.find((node) => node.pool === "worker")?.memory.available ?? 0;
        const sum = container("spark.executor") + container("spark.yarn.am");
        assert.ok(sum <= available, `${memory} MiB, ${cpus} cores: ${sum} of ${available}`);
        assert.ok(container("spark.driver") <= available, `${memory} MiB: driver`);
      }
    }
  });

  it("changes nothing of a Hadoop cluster that has no Spark", () => {
    const without = { ...onYarn, services: { mapreduce: false as const } };
    const { directories } = viewOf(without, "lab-master-1").services["hdfs"] as { directories: { path: string }[] };
    assert.ok(!directories.some(({ path }) => path.includes("spark")));
    assert.ok(!planOf(without).firewall.some(({ name }) => name.includes("spark")));
  });
});

describe("what Spark refuses", () => {
  const refused = (args: unknown) =>
    mistakesOf(() => planOf(args as Args)).map(({ path, allowed }) => `${path.replace("lab.", "")}: ${allowed}`);
  const cases: [string, unknown, RegExp[]][] = [
    [
      "Spark 4 with Java 11",
      { ...alone, versions: { java: 11 } },
      [/^versions\.java: allowed with Spark 4\.3\.0: 17, 21$/],
    ],
    [
      "a Python that it does not run on",
      withSpark(alone, { python: "3.9" }),
      [/^services\.spark\.python: allowed with Spark 4\.3\.0: 3\.11 … 3\.14$/],
    ],
    [
      "Java and Python, both at once",
      { ...withSpark(alone, { python: "3.99" }), versions: { java: 8 } },
      [/^versions\.java: /, /^services\.spark\.python: /],
    ],
    ["an unknown Spark", withSpark(alone, { version: "3.5.1" }), [/^services\.spark\.version: allowed: 4\.3\.0$/]],
    ["an unknown option", withSpark(alone, { executors: 2 }), [/^services\.spark\.executors: /]],
    ["being named twice", { ...alone, services: ["spark", "spark"] }, [/^services\[1\]: named twice/]],
    ["an unknown service", { ...alone, services: { sprak: true } }, [/^services\.sprak: .*"spark"/]],
    ["YARN where there is none", withSpark(alone, { mode: "yarn" }), [/^services\.spark\.mode: without YARN/]],
    ["its own workers beside YARN", withSpark(onYarn, { mode: "standalone" }), [/^services\.spark\.mode: with YARN/]],
    [
      "hosts that are too small",
      { ...alone, pools: { master: 1, worker: { count: 2, memory: "768 MiB" } } },
      [/^pools\.worker\.memory: at least \d+ MiB: .*Spark's need 640/],
    ],
    [
      "executors that fit on no worker",
      withSpark(alone, { executorMemory: 4096, executorCores: 3 }),
      [/^services\.spark\.executorMemory: at most \d+/, /^services\.spark\.executorCores: at most 1/],
    ],
    [
      "properties that open it",
      withSpark(alone, { properties: { "spark.authenticate": false, "spark.authenticate.secret": "x" } }),
      [/"spark\.authenticate"\]: .*set for you/, /"spark\.authenticate\.secret"\]: .*set for you/],
    ],
  ];
  for (const [what, args, expected] of cases) {
    it(what, () => {
      const all = refused(args);
      assert.equal(all.length, expected.length, all.join("\n"));
      for (const each of expected)
        assert.ok(
          all.some((line) => each.test(line)),
          all.join("\n"),
        );
    });
  }

  it("nothing that Hadoop's table says of a cluster without Hadoop, and the other way round", () => {
    assert.equal(planOf({ ...alone, versions: { java: 21 } }).nodes.length, 3);
    assert.match(
      refused({ ...onYarn, versions: { java: 21 } }).join("\n"),
      /^versions\.java: allowed with Hadoop 3\.4\.2: 17$/,
    );
  });
});
