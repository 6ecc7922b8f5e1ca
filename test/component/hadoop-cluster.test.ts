import assert from "node:assert/strict";
import { HadoopCluster } from "../../components/hadoop-cluster.ts";
import { build } from "../mock/build-hadoop-cluster.ts";
import { answer, identity } from "../mock/commands.ts";
import { FakeCloud, machine } from "../mock/fake-cloud.ts";
import { mockRun } from "../mock/monitor.ts";
import type { MockRun, Registration } from "../mock/monitor.ts";
import { withStateFolder } from "../mock/state-folder.ts";

const COMMAND = "command:local:Command";

const bare = (run: MockRun): Record<string, Registration> =>
  Object.fromEntries(run.registrations.map((one) => [one.name, one]));

/** Names of registrations that one run has and the other has not, or has otherwise; the job's own are left out. */
function differing(one: MockRun, other: MockRun): string[] {
  const [a, b] = [bare(one), bare(other)];
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return names.filter((name) => !/-(intent|ready)$/.test(name) && JSON.stringify(a[name]) !== JSON.stringify(b[name]));
}

/** The dev cluster's nodes, and what is remembered after its first run. */
const names = ["dev-master-1", "dev-worker-1", "dev-worker-2"];
const memory = {
  uid: "uid",
  kind: "hadoop",
  attempt: 1,
  generations: Object.fromEntries(names.map((name) => [name, 1])),
  revivals: {},
  volumes: Object.fromEntries(names.map((name) => [name, "protected"])),
};

describe("a Hadoop cluster of one master and two workers", () => {
  withStateFolder();

  for (const preview of [true, false]) {
    describe(preview ? "in a preview" : "in an update", () => {
      it("is nine commands under one component: hosts, their volumes, and four", async () => {
        const { registrations, error } = await build({ preview });
        assert.equal(error, undefined);
        assert.deepEqual(
          registrations.map(({ type, name, parent }) => [type, name, parent]).sort(byName),
          [
            ["pulumi:pulumi:Stack", "muster-dev", ""],
            ["muster:index:HadoopCluster", "dev", "muster-dev"],
            [COMMAND, "dev-identity", "dev"],
            [COMMAND, "dev-network", "dev"],
            [COMMAND, "dev-intent", "dev"],
            [COMMAND, "dev-ready", "dev"],
            [COMMAND, "dev-master-1-data", "dev"],
            [COMMAND, "dev-worker-1-data", "dev"],
            [COMMAND, "dev-worker-2-data", "dev"],
            [COMMAND, "dev-master-1", "dev"],
            [COMMAND, "dev-worker-1", "dev"],
            [COMMAND, "dev-worker-2", "dev"],
          ].sort(byName),
        );
      });

      it("is ready independently of its machines, and they of it", async () => {
        const run = await build({ preview });
        assert.deepEqual(run.of("dev-ready").dependsOn, ["dev-identity", "dev-intent", "dev-network"]);
        assert.deepEqual(run.of("dev-intent").dependsOn, []);
        assert.deepEqual(run.of("dev-identity").dependsOn, []);
        assert.deepEqual(run.of("dev-worker-1").dependsOn, ["dev-identity", "dev-network", "dev-worker-1-data"]);
        assert.deepEqual(run.of("dev-worker-1-data").dependsOn, []);
      });

      it("protects what cannot be made again, and only that", async () => {
        const { registrations } = await build({ preview });
        const guarded = registrations.filter(({ protect }) => protect).map(({ name }) => name);
        assert.deepEqual(guarded.sort(), [
          "dev-identity",
          "dev-master-1-data",
          "dev-worker-1-data",
          "dev-worker-2-data",
        ]);
      });

      it("keeps its secrets secret", async () => {
        const run = await build({ preview });
        assert.deepEqual(run.of("dev-identity").secretOutputs, ["stdout", "stderr"]);
        if (!preview) assert.deepEqual(run.of("dev-ready").secrets, ["stdin"]);
        for (const { name, inputs } of run.registrations.filter((one) => one.name !== "dev-ready")) {
          assert.doesNotMatch(JSON.stringify(inputs), /host secret|user secret|"seed"/, name);
        }
      });
    });
  }

  it("makes its identity once, whatever later versions write there", async () => {
    const { ignoreChanges, inputs } = (await build()).of("dev-identity");
    assert.deepEqual(inputs, { create: "muster-runner identity", logging: "none", addPreviousOutputInEnv: false });
    for (const input of ["create", "update", "delete", "environment", "stdin", "triggers", "logging"]) {
      assert.ok(ignoreChanges.includes(input), input);
    }
  });

  it("tells the runner everything on stdin, and the preview why in the environment", async () => {
    const { inputs, timeouts } = (await build()).of("dev-ready");
    const { JOB, ATTEMPT } = inputs["environment"] as Record<string, string>;
    assert.match(JOB ?? "", /^[0-9a-f]{64}$/);
    assert.equal(ATTEMPT, "1");
    assert.deepEqual(JSON.parse(inputs["stdin"] as string), {
      job: JOB,
      attempt: 1,
      nonce: "nonce",
      clusterId: "muster.dev.dev",
      identity,
    });
    assert.equal(inputs["create"], inputs["update"]);
    assert.match(timeouts.update ?? "", /^\d+s$/);
  });

  it("tells the runner also the addresses that only the network's making gave out", async () => {
    const cloud = new FakeCloud();
    cloud.addresses = { "dev-master-1": "192.0.2.7" };
    const { inputs } = (await build({ cloud })).of("dev-ready");
    const told = JSON.parse(inputs["stdin"] as string) as Record<string, unknown>;
    assert.deepEqual(told["addresses"], { "dev-master-1": "192.0.2.7" });
  });

  it("registers Ready before the machines it waits for", async () => {
    const names = (await build()).registrations.map(({ name }) => name);
    assert.ok(names.indexOf("dev-intent") < names.indexOf("dev-master-1"));
  });

  it("remembers what the next run has to know, known before Ready ends", async () => {
    const { outputs } = await mockRun(
      () => {
        const cluster = new HadoopCluster("dev", { cloud: new FakeCloud(), bundle: "bundle" });
        return { memory: cluster.memory };
      },
      { answer: (type, name) => (name === "dev-ready" ? {} : answer(type, name)) },
    );
    assert.deepEqual(outputs["memory"], memory);
  });
});

describe("a Hadoop cluster that changes", () => {
  withStateFolder();
  const standing = (): FakeCloud => new FakeCloud(names.map((name) => machine(name)));

  it("adds a worker as one machine and one volume, and touches no other", async () => {
    const before = await build({ cloud: standing(), memory });
    const after = await build({ cloud: standing(), memory, pools: { master: 1, worker: 3 } });
    assert.deepEqual(differing(before, after).sort(), ["dev-worker-3", "dev-worker-3-data"]);
    assert.notDeepEqual(before.of("dev-intent").inputs, after.of("dev-intent").inputs);
  });

  it("leaves one out by name without touching another; its volume loses only its protection", async () => {
    const before = await build({ cloud: standing(), memory });
    const pools = { master: 1, worker: { count: 2, without: ["dev-worker-1"], minReady: 1 } };
    const services = { hdfs: { replication: 1 } };
    const after = await build({ cloud: standing(), memory, pools, services });
    assert.deepEqual(differing(before, after).sort(), ["dev-worker-1", "dev-worker-1-data"]);
    const [volume, was] = [after.of("dev-worker-1-data"), before.of("dev-worker-1-data")];
    assert.deepEqual(volume, { ...was, protect: false, ignoreChanges: ["*"] });
  });

  it("makes a missing machine again as the next generation, on the same volume", async () => {
    const before = await build({ cloud: standing(), memory });
    const after = await build({ cloud: new FakeCloud(names.slice(0, 2).map((name) => machine(name))), memory });
    assert.deepEqual(differing(before, after), ["dev-worker-2"]);
    assert.equal((after.of("dev-worker-2").inputs["environment"] as Record<string, string>)["GENERATION"], "2");
  });

  it("starts a stopped machine by its resource's update", async () => {
    const before = await build({ cloud: standing(), memory });
    const stopped = [machine("dev-master-1"), machine("dev-worker-1"), machine("dev-worker-2", { running: false })];
    const after = await build({ cloud: new FakeCloud(stopped), memory });
    assert.deepEqual(differing(before, after), ["dev-worker-2"]);
    assert.equal((after.of("dev-worker-2").inputs["environment"] as Record<string, string>)["REVIVAL"], "1");
  });

  it("shows machines of an older image, and leaves them alone", async () => {
    const seen = names.map((name) => machine(name, { image: name === "dev-worker-1" ? "image-1" : "image-2" }));
    const run = await build({ cloud: new FakeCloud(seen), memory });
    const nodes = run.outputs["nodes"] as { name: string; outdated?: true }[];
    assert.deepEqual(
      nodes.filter(({ outdated }) => outdated).map(({ name }) => name),
      ["dev-worker-1"],
    );
    assert.deepEqual(differing(await build({ cloud: standing(), memory }), run), []);
  });
});

const byName = (a: (string | undefined)[], b: (string | undefined)[]): number => ((a[1] ?? "") < (b[1] ?? "") ? -1 : 1);
