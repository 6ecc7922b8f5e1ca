import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parseEnvironment } from "../../plan/config/read.ts";
import { UserMistakes } from "../../plan/mistake.ts";
import { planCluster } from "../../plan/plan-cluster.ts";
import { buildClusters } from "../../stacks/clusters.ts";
import { answer } from "../mock/commands.ts";
import { FakeCloud } from "../mock/fake-cloud.ts";
import { mockRun } from "../mock/monitor.ts";
import type { MockRun, Registration } from "../mock/monitor.ts";
import { anything } from "../unit/plan/random-configs.ts";
import { goodConfig, reordered, spoiltConfig } from "./random-clusters.ts";

const full = process.env["MUSTER_FULL"] !== undefined;
/** Stack, cluster, identity, network, intent, ready. */
const CONSTANT = 6;

/** The stack's program on one cluster's config, with a state folder that nobody has used. */
async function built(config: unknown): Promise<MockRun> {
  const before = process.env["XDG_STATE_HOME"];
  const folder = mkdtempSync(join(tmpdir(), "muster-random-"));
  process.env["XDG_STATE_HOME"] = folder;
  try {
    const program = () => {
      const { clusters } = parseEnvironment({ clusters: [config] }, "muster:");
      return buildClusters(clusters, { cloud: new FakeCloud(), bundle: "bundle", memories: {} });
    };
    return await mockRun(program, { answer });
  } finally {
    if (before === undefined) delete process.env["XDG_STATE_HOME"];
    else process.env["XDG_STATE_HOME"] = before;
    rmSync(folder, { recursive: true });
  }
}

const byName = (registrations: readonly Registration[]): Registration[] =>
  registrations.toSorted((a, b) => (a.name < b.name ? -1 : 1));

describe("any cluster that can be brought up", function () {
  this.timeout(full ? 1_200_000 : 120_000);

  it("has one machine a node, a volume for what is kept, and a constant; Ready waits for no machine", async () => {
    const property = fc.asyncProperty(goodConfig, async (config) => {
      const run = await built(config);
      assert.equal(run.error, undefined);
      const { clusters } = parseEnvironment({ clusters: [config] });
      const [spec] = clusters;
      assert.ok(spec !== undefined);
      const { nodes, ref } = planCluster(spec, { project: "muster", stack: "dev", cloud: "fake" });
      const names = nodes.map((node) => node.name);
      const volumes = nodes.filter((node) => node.stateful).map((node) => `${node.name}-data`);
      const registered = run.registrations.map(({ name }) => name);
      assert.equal(new Set(registered).size, registered.length);
      assert.equal(registered.length, names.length + volumes.length + CONSTANT);
      for (const name of [...names, ...volumes]) assert.ok(registered.includes(name), name);
      const ready = run.of(`${ref.name}-ready`);
      assert.deepEqual(
        ready.dependsOn.filter((name) => [...names, ...volumes].includes(name)),
        [],
      );
      for (const name of volumes) assert.equal(run.of(name).protect, true);
    });
    await fc.assert(property, { numRuns: full ? 400 : 20 });
  });

  it("is the same twice, and whatever the order of its keys", async () => {
    const property = fc.asyncProperty(goodConfig, fc.infiniteStream(fc.nat()), async (config, numbers) => {
      const random = (keys: string[]): string[] =>
        keys
          .map((key) => ({ key, at: Number(numbers.next().value ?? 0) }))
          .sort((a, b) => a.at - b.at)
          .map(({ key }) => key);
      const first = await built(config);
      assert.equal(first.error, undefined);
      const again = await built(config);
      const other = await built(reordered(config, random));
      assert.deepEqual(again.registrations, first.registrations);
      assert.deepEqual(byName(other.registrations), byName(first.registrations));
      assert.deepEqual(other.outputs, first.outputs);
    });
    await fc.assert(property, { numRuns: full ? 200 : 10 });
  });
});

describe("a cluster's config with something wrong in it", function () {
  this.timeout(full ? 1_200_000 : 120_000);

  const outcome = (raw: unknown): "planned" | "refused" => {
    try {
      const { clusters } = parseEnvironment(raw, "muster:");
      for (const [at, spec] of clusters.entries())
        planCluster(spec, { project: "muster", stack: "dev", cloud: "fake", path: `muster:clusters[${at}]` });
      return "planned";
    } catch (error) {
      if (!(error instanceof UserMistakes)) throw error;
      assert.ok(error.mistakes.length > 0);
      for (const { path, found, allowed } of error.mistakes) {
        assert.match(path, /^muster:(cloud|clusters)?/);
        assert.ok(found !== "" && allowed !== "");
      }
      return "refused";
    }
  };

  it("is planned, or refused with paths, wherever it is", () => {
    const seen = { planned: 0, refused: 0 };
    const property = fc.property(spoiltConfig, (config) => {
      seen[outcome({ clusters: [config] })] += 1;
    });
    fc.assert(property, { numRuns: full ? 50_000 : 1000 });
    assert.ok(seen.refused > seen.planned / 10 && seen.planned > 0, JSON.stringify(seen));
  });

  it("is refused with paths when it is garbage altogether", () => {
    const property = fc.property(
      fc.oneof(anything, fc.array(anything), fc.record({ clusters: anything, cloud: anything })),
      (raw) => {
        outcome(raw);
      },
    );
    fc.assert(property, { numRuns: full ? 50_000 : 1000 });
  });

  it("makes nothing", async () => {
    const property = fc.asyncProperty(spoiltConfig, async (config) => {
      fc.pre(outcome({ clusters: [config] }) === "refused");
      const { error, registrations } = await built(config);
      assert.ok(error instanceof UserMistakes);
      assert.deepEqual(
        registrations.map(({ type }) => type),
        ["pulumi:pulumi:Stack"],
      );
    });
    await fc.assert(property, { numRuns: full ? 200 : 20 });
  });
});
