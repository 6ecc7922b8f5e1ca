import assert from "node:assert/strict";
import { appliedSpec, writeOwnContents, writeSpec } from "../../components/cluster-files.ts";
import { appendJournal, type JobFinished } from "../../contract/journal.ts";
import { readClusters } from "../../plan/config/read.ts";
import { withStateFolder } from "../mock/state-folder.ts";

const id = "p.s.lab";

describe("what a cluster is brought back to", () => {
  withStateFolder();
  const readOwn = () => [{ path: "go", executable: true, data: "eA==" }];
  const spec = (worker: number) => {
    const cluster = { name: "lab", kind: "pool", pools: { node: worker }, steps: [{ script: "mine/go" }] };
    const [read] = readClusters([cluster], "clusters", { readOwn });
    assert.ok(read);
    return read;
  };
  const ran = (job: string, state: JobFinished["state"], uid = "u") => {
    const entry = { at: "2026-01-01T00:00:00Z", run: `${job}-${state}-${uid}`, job, attempt: 1 };
    appendJournal(id, { type: "started", ...entry, uid });
    appendJournal(id, { type: "finished", ...entry, state, unfinished: [], formatted: [], generations: {} });
  };
  const plan = (job: string, worker: number) => {
    writeOwnContents(id, spec(worker).steps);
    writeSpec(id, job, spec(worker));
  };

  it("is what the youngest run made usable, with the files of its steps, whatever was tried since", () => {
    plan("one", 1);
    assert.equal(appliedSpec(id), undefined);
    ran("one", "ready");
    plan("two", 2);
    ran("two", "degraded");
    for (const [job, worker] of [
      ["three", 3],
      ["four", 4],
    ] as const) {
      plan(job, worker);
      ran(job, job === "three" ? "failed" : "interrupted");
    }
    assert.deepEqual(appliedSpec(id), spec(2));
  });

  it("is nothing of an earlier cluster of the name", () => {
    plan("one", 1);
    ran("one", "ready");
    ran("one", "failed", "another");
    assert.equal(appliedSpec(id), undefined);
  });

  it("is unknown where it was dropped or damaged", () => {
    ran("one", "ready");
    assert.equal(appliedSpec(id), undefined);
  });
});
