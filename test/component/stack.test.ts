import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sweepersFor } from "../../cli/clouds.ts";
import { chooseCloud } from "../../components/clouds/choose.ts";
import { cloudEntry, cloudNames } from "../../components/clouds/index.ts";
import { engineParallelism, narrowEngine } from "../../components/engine.ts";
import { specFromArgs } from "../../plan/config/read.ts";
import { UserMistakes } from "../../plan/mistake.ts";
import { buildClusters } from "../../stacks/clusters.ts";
import type { BuildOptions } from "../../stacks/clusters.ts";
import { missingPrograms } from "../../stacks/programs.ts";
import { answer } from "../mock/commands.ts";
import { FakeCloud, machine } from "../mock/fake-cloud.ts";
import { mockRun } from "../mock/monitor.ts";
import type { MockRun } from "../mock/monitor.ts";
import { withStateFolder } from "../mock/state-folder.ts";

const two = ["one", "two"].map((name) => specFromArgs(name, { pools: { master: 1, worker: 2 } }));

const build = (options: Partial<BuildOptions> = {}): Promise<MockRun> =>
  mockRun(() => buildClusters(two, { cloud: new FakeCloud(), bundle: "bundle", memories: {}, ...options }), { answer });

describe("a stack of two clusters", () => {
  withStateFolder();

  it("tells of each by name, and nothing that is known only when Ready has ended", async () => {
    const run = await mockRun(() => buildClusters(two, { cloud: new FakeCloud(), bundle: "bundle", memories: {} }), {
      answer: (type, name) => (name.endsWith("-ready") ? {} : answer(type, name)),
    });
    assert.equal(run.error, undefined);
    assert.deepEqual(Object.keys(run.outputs).sort(), ["endpoints", "memory", "nodes", "outdated"]);
    const nodes = run.outputs["nodes"] as Record<string, Record<string, string>>;
    assert.deepEqual(Object.keys(nodes["two"] ?? {}), ["two-master-1", "two-worker-1", "two-worker-2"]);
    assert.match(nodes["two"]?.["two-master-1"] ?? "", /^10\.\d+\.\d+\.\d+$/);
    assert.deepEqual(Object.keys(run.outputs["memory"] as object), ["one", "two"]);
    assert.deepEqual(run.outputs["outdated"], {});
  });

  it("makes nothing of either when one has a mistake, and tells all at once", async () => {
    const wrong = [machine("one-master-1", { kind: "slurm" })];
    const { error, registrations } = await build({ cloud: new FakeCloud(wrong), remake: ["three-worker-1"] });
    assert.ok(error instanceof UserMistakes);
    assert.deepEqual(
      error.mistakes.map(({ path }) => path),
      [
        "MUSTER_REMAKE",
        "muster:clusters[0].kind",
        "muster:clusters[0].name",
        "muster:clusters[1].kind",
        "muster:clusters[1].name",
      ],
    );
    assert.equal(registrations.length, 1);
  });

  it("makes one machine again when told to", async () => {
    const generation = (run: MockRun, name: string): unknown =>
      (run.of(name).inputs["environment"] as Record<string, string>)["GENERATION"];
    const memory = {
      uid: "uid",
      kind: "hadoop",
      attempt: 1,
      generations: { "two-worker-1": 1 },
      revivals: {},
      volumes: {},
    };
    const standing = new FakeCloud();
    standing.observe = (id) => (id === "muster.dev.two" ? [machine("two-worker-1")] : []);
    const run = await build({ cloud: standing, memories: { two: memory }, remake: ["two-worker-1"] });
    assert.equal(generation(run, "two-worker-1"), "2");
    assert.equal(generation(run, "two-worker-2"), "1");
  });
});

describe("the engine's parallelism", () => {
  it("is what the language host was told, or without limit", () => {
    assert.equal(engineParallelism({ PULUMI_NODEJS_PARALLEL: "8" }), 8);
    assert.equal(engineParallelism({ PULUMI_NODEJS_PARALLEL: "0" }), undefined);
    assert.equal(engineParallelism({}), undefined);
  });

  it("must exceed the number of clusters by more than one", () => {
    assert.deepEqual(narrowEngine(1, 3), []);
    assert.deepEqual(narrowEngine(3, undefined), []);
    assert.equal(narrowEngine(1, 2)[0]?.found, "2");
    assert.match(narrowEngine(3, 4)[0]?.allowed ?? "", /5 or more for 3 clusters/);
  });
});

describe("a stack's surroundings", () => {
  it("lack programs that are not on the PATH, or not executable", () => {
    const folder = mkdtempSync(join(tmpdir(), "muster-test-"));
    try {
      mkdirSync(join(folder, "muster-local"));
      writeFileSync(join(folder, "muster-runner"), "");
      assert.deepEqual(missingPrograms(folder), ["muster-runner", "muster-local", "muster-image"]);
      chmodSync(join(folder, "muster-runner"), 0o755);
      assert.deepEqual(missingPrograms(`/nowhere:${folder}`), ["muster-local", "muster-image"]);
      assert.deepEqual(missingPrograms(""), ["muster-runner", "muster-local", "muster-image"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("are refused when no cloud has that name, or it has no such option", async () => {
    await assert.rejects(chooseCloud({ name: "lokal", options: {} }), /did you mean "local"/);
    await assert.rejects(chooseCloud({ name: "local", options: { region: "x" } }), /muster:cloud\.region/);
  });
});

describe("the clouds there are", () => {
  it("each tell all that the program and the command line ask of one", async () => {
    const parts = ["images", "observer", "open", "sweeper"];
    for (const name of cloudNames) assert.deepEqual(Object.keys((await cloudEntry(name)) ?? {}).sort(), parts, name);
    assert.equal((await sweepersFor([{ name: "local", options: {} }])).length, 1);
    assert.deepEqual(await sweepersFor([{ name: "lokal", options: {} }]), []);
    assert.equal(await cloudEntry("constructor"), undefined);
  });
});
