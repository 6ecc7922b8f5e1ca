import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { readMemoryFile, writeJobFile, writeMemoryFile } from "../../components/cluster-files.ts";
import { combined, recall, recallMemories } from "../../components/memory.ts";
import type { ClusterMemory } from "../../components/memory.ts";
import { clusterFolder } from "../../contract/folders.ts";
import { mockRun } from "../mock/monitor.ts";
import { withStateFolder } from "../mock/state-folder.ts";

const memory: ClusterMemory = {
  uid: "uid",
  kind: "hadoop",
  attempt: 2,
  generations: { a: 1, b: 3 },
  revivals: { a: 1 },
  volumes: { a: "protected", b: "retiring" },
};

describe("memory", () => {
  withStateFolder();

  it("is read back as it was written", () => {
    assert.deepEqual(recall(JSON.parse(JSON.stringify(memory))), memory);
  });

  for (const [what, value] of Object.entries({
    "nothing at all": undefined,
    "an unknown value of a failed run": "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "another shape": { attempt: "2" },
    "a volume in an unknown state": { ...memory, volumes: { a: "lost" } },
  })) {
    it(`is none when it is ${what}`, () => {
      assert.equal(recall(value), undefined);
    });
  }

  it("of a killed run is found on this machine", () => {
    writeMemoryFile("p.s.c", { ...memory, volumes: { a: "protected", c: "protected" } });
    const both = combined({ ...memory, generations: { a: 2 } }, readMemoryFile("p.s.c"));
    assert.deepEqual(both, {
      ...memory,
      generations: { a: 2, b: 3 },
      volumes: { a: "protected", b: "retiring", c: "protected" },
    });
  });

  it("of this machine alone does not say of what kind the cluster is", () => {
    assert.deepEqual(combined(undefined, memory), { ...memory, kind: undefined });
  });

  it("is the stack's when this machine has none", () => {
    assert.equal(combined(memory, readMemoryFile("p.s.other")), memory);
    assert.equal(combined(undefined, undefined), undefined);
  });

  it("comes from the stack's own outputs", async () => {
    let found: unknown;
    const run = await mockRun(
      async () => {
        found = await recallMemories();
      },
      { answer: (type) => (type === "pulumi:pulumi:StackReference" ? { outputs: { memory: { dev: memory } } } : {}) },
    );
    assert.equal(run.error, undefined);
    assert.deepEqual(found, { dev: memory });
  });

  it("is empty on the first run", async () => {
    let found: unknown;
    await mockRun(
      async () => {
        found = await recallMemories();
      },
      { answer: () => ({ outputs: {} }) },
    );
    assert.deepEqual(found, {});
  });
});

describe("job files", () => {
  withStateFolder();

  it("are whole, for their owner only, and not more than twenty", () => {
    for (let n = 0; n < 25; n++) writeJobFile("p.s.c", `job${n}`, "{}");
    const folder = join(clusterFolder("p.s.c"), "jobs");
    const names = readdirSync(folder);
    assert.equal(names.length, 20);
    assert.ok(names.includes("job24.json"));
    assert.equal(statSync(join(folder, "job24.json")).mode & 0o777, 0o600);
    assert.equal(statSync(clusterFolder("p.s.c")).mode & 0o777, 0o700);
  });
});
