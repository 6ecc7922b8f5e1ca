import assert from "node:assert/strict";
import type { RunSummary } from "../../../contract/summary.ts";
import { failureLine, shortSummary } from "../../../runner/record/summary.ts";

const summary = (wanted: number, lost: number): RunSummary => ({
  format: 1,
  job: "a".repeat(64),
  attempt: 12,
  state: "failed",
  wanted,
  done: wanted - lost,
  nodes: Array.from({ length: wanted }, (_, index) => ({
    name: `a-rather-long-name-worker-${index + 1}`,
    pool: "worker",
    state: index < lost ? ("failed" as const) : ("ready" as const),
    stage: "prepare" as const,
    reason: `hdfs: Write the configuration: ${"no space left on device 📀 \u0007".repeat(20)}`,
    seconds: 3,
  })),
  checks: Array.from({ length: 30 }, (_, index) => ({
    name: `check ${index}`,
    ok: index > 20,
    detail: "d".repeat(900),
    seconds: 1,
  })),
  stages: { converge: 12.3 },
  endpoints: { hdfs: "hdfs://dev-master-1.dev.internal:8020", web: "http://dev-master-1.dev.internal:9870" },
  left: Array.from({ length: 200 }, (_, index) => `left-${index}`),
  verifiedAt: "2030-01-01T00:00:00Z",
  reason: "r".repeat(5000),
});

describe("the short summary", () => {
  for (const [wanted, lost] of [
    [3, 0],
    [3, 1],
    [1000, 0],
    [1000, 10],
    [1000, 1000],
  ] as const)
    it(`is at most 1 KB of JSON with ${lost} of ${wanted} nodes open`, () => {
      const text = shortSummary(summary(wanted, lost));
      assert.ok(Buffer.byteLength(text) <= 1024, `${Buffer.byteLength(text)} bytes`);
      const short = JSON.parse(text) as RunSummary;
      assert.deepEqual([short.wanted, short.done, short.attempt, short.state], [wanted, wanted - lost, 12, "failed"]);
      assert.ok(short.nodes.every((node) => node.state !== "ready"));
    });

  it("holds no times, so that an equal end is an equal output", () => {
    const text = shortSummary(summary(3, 1));
    assert.doesNotMatch(text, /verifiedAt|12\.3/);
    const { nodes, stages } = JSON.parse(text) as RunSummary;
    assert.deepEqual([nodes[0]?.seconds, stages], [undefined, {}]);
  });

  it("keeps name, stage and reason of a single open node", () => {
    const one = { ...summary(3, 1), checks: [], left: [], reason: "" };
    assert.match(shortSummary(one), /"a-rather-long-name-worker-1".*"stage":"prepare".*no space left/);
  });

  it("says nodes, stage and reason in one line", () => {
    const line = failureLine({ ...summary(9, 7), reason: "pool worker: 2 of 9 ready" });
    assert.match(
      line,
      /^failed, 2 of 9 nodes ready: a-rather-long-name-worker-1 \(prepare: hdfs: Write .* and 2 more; pool worker/,
    );
    assert.doesNotMatch(line, /\n/);
  });
});
