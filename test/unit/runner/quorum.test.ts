import assert from "node:assert/strict";
import type { CheckResult } from "../../../contract/summary.ts";
import { askedNodes, judge, opensTheWay, shortList, type Facts } from "../../../runner/verify/quorum.ts";

const nodes = ["m1", "w1", "w2", "w3"].map((name) => ({ name, pool: name.startsWith("m") ? "master" : "worker" }));
const pools = [
  { name: "master", count: 1, minReady: 1 },
  { name: "worker", count: 3, minReady: 2 },
];
const facts = (lost: string[], checks: CheckResult[] = []): Facts => ({
  pools,
  nodes,
  results: nodes.map(({ name }) => ({
    name,
    state: lost.includes(name) ? ("unreachable" as const) : ("ready" as const),
  })),
  checks,
});
const check = (more: Partial<CheckResult> = {}): CheckResult => ({
  name: "hdfs: live DataNodes",
  ok: false,
  detail: "2 of 3",
  seconds: 1,
  required: true,
  ...more,
});

describe("the quorum rule", () => {
  const table: [what: string, lost: string[], checks: CheckResult[], state: string, reason?: RegExp][] = [
    ["everything is ready", [], [check({ ok: true })], "ready"],
    ["a worker is lost", ["w1"], [], "degraded", /not ready: w1$/],
    ["two workers are lost", ["w1", "w3"], [], "failed", /pool worker: 1 of 3 ready, at least 2 needed \(w1, w3\)/],
    ["the master is lost", ["m1"], [], "failed", /pool master/],
    ["a check misses a worker", [], [check({ missing: ["w2"] })], "degraded", /w2/],
    ["a check misses the lost worker", ["w2"], [check({ missing: ["w2"] })], "degraded"],
    ["a check misses another than the lost worker", ["w1"], [check({ missing: ["w2"] })], "failed", /1 of 3 ready/],
    ["a check fails and names nobody", [], [check()], "failed", /hdfs: live DataNodes: 2 of 3/],
    ["a check misses somebody unknown", [], [check({ missing: ["stranger"] })], "failed"],
    [
      "a check that is not required fails",
      [],
      [check({ required: false })],
      "degraded",
      /hdfs: live DataNodes: 2 of 3/,
    ],
    [
      "a check that is not required misses all",
      [],
      [check({ required: false, missing: ["w1", "w2", "w3"] })],
      "degraded",
    ],
  ];
  for (const [what, lost, checks, state, reason] of table)
    it(`${state} when ${what}`, () => {
      const outcome = judge(facts(lost, checks));
      assert.equal(outcome.state, state);
      if (reason) assert.match(outcome.reason ?? "", reason);
      if (state === "ready") assert.equal(outcome.reason, undefined);
    });

  it("takes a pool of fewer nodes than its quorum as whole", () => {
    const small: Facts = { ...facts([]), pools: [{ name: "worker", count: 3, minReady: 9 }] };
    assert.equal(judge(small).state, "ready");
  });

  it("lets later checks run after a tolerable failure only", () => {
    assert.ok(opensTheWay(check({ ok: true }), facts([])));
    assert.ok(opensTheWay(check({ missing: ["w1"] }), facts([], [check({ missing: ["w1"] })])));
    assert.ok(!opensTheWay(check(), facts([], [check()])));
    assert.ok(opensTheWay(check({ required: false }), facts([])));
  });

  it("asks the first ready node, or each", () => {
    const wanted = { name: "c", service: "s", on: ["a", "b", "c"], run: [], timeoutSeconds: 1, required: true };
    assert.deepEqual(askedNodes({ ...wanted, mode: "any" }, ["b", "c"]), ["b"]);
    assert.deepEqual(askedNodes({ ...wanted, mode: "each" }, ["c", "b"]), ["b", "c"]);
    assert.deepEqual(askedNodes({ ...wanted, mode: "any" }, []), []);
  });

  it("names the first few", () => {
    assert.equal(shortList(["a", "b", "c"], 2), "a, b and 1 more");
    assert.equal(shortList(["a", "b"], 2), "a, b");
  });
});
