import assert from "node:assert/strict";
import type { ObservedMachine } from "../../../components/clouds/cloud.ts";
import { type Facts, statusOf } from "../../../cli/status.ts";
import { givenJob, givenSummary } from "./given.ts";

const machine = (name: string, running = true): ObservedMachine => ({
  name,
  id: name,
  running,
  generation: 1,
  uid: "u",
  kind: "hadoop",
});

const all = givenJob.nodes.map((node) => machine(node.name));
const facts: Facts = {
  name: { project: "muster", stack: "lab", cluster: "dev", id: "muster.lab.dev" },
  cloud: "local",
  job: givenJob,
  summary: givenSummary,
  machines: all,
  finished: true,
  busy: false,
};

describe("a cluster's status", () => {
  const state = (changes: Partial<Facts>) => statusOf({ ...facts, ...changes }).state;

  it("is what the last run left while its machines are there", () => {
    assert.equal(state({}), "ready");
    assert.equal(state({ summary: { ...givenSummary, state: "degraded" } }), "degraded");
    assert.equal(state({ summary: { ...givenSummary, state: "failed" } }), "failed");
  });

  it("is degraded without a machine that the quorum can spare, failed without one that it cannot", () => {
    assert.equal(state({ machines: all.slice(0, 2) }), "degraded");
    assert.equal(state({ machines: all.slice(0, 1) }), "failed");
    assert.equal(state({ machines: all.slice(1) }), "failed");
  });

  it("says which machine is missing or stopped", () => {
    const { nodes } = statusOf({ ...facts, machines: [machine("dev-master-1"), machine("dev-worker-1", false)] });
    assert.deepEqual(
      nodes.map((node) => [node.name, node.state, node.reason]),
      [
        ["dev-master-1", "ready", undefined],
        ["dev-worker-1", "stopped", "its machine is stopped"],
        ["dev-worker-2", "missing", "its machine is gone"],
      ],
    );
  });

  it("says with stage and reason what the last run could not get ready, also when there is no machine", () => {
    const failed = { state: "failed", stage: "prepare", reason: "base: no space left" } as const;
    const unmade = { state: "unreachable", stage: "machine", reason: "its host could not be made" } as const;
    const [master, first, second] = givenSummary.nodes;
    assert.ok(master && first && second);
    const summary = { ...givenSummary, nodes: [master, { ...first, ...failed }, { ...second, ...unmade }] };
    const { nodes } = statusOf({ ...facts, summary, machines: all.slice(0, 2) });
    assert.deepEqual(
      nodes.map((node) => [node.state, node.stage, node.reason]),
      [
        ["ready", undefined, undefined],
        ["failed", "prepare", "base: no space left"],
        ["missing", "machine", "its host could not be made"],
      ],
    );
  });

  it("knows the states in which there is no result", () => {
    assert.equal(state({ machines: [] }), "absent");
    assert.equal(state({ job: undefined, summary: undefined, machines: [], finished: false }), "absent");
    assert.equal(state({ job: undefined, summary: undefined }), "unknown");
    assert.equal(state({ finished: false }), "unfinished");
    assert.equal(state({ summary: undefined }), "unfinished");
    assert.equal(state({ busy: true }), "changing");
  });
});
