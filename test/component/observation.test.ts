import assert from "node:assert/strict";
import fc from "fast-check";
import type { ClusterMemory } from "../../components/memory.ts";
import {
  machinesAsTheyShouldBe,
  wantedGenerations,
  wantedRevivals,
  wantedVolumes,
} from "../../components/observation.ts";
import { machine } from "../mock/fake-cloud.ts";

const nothing: ClusterMemory = { attempt: 0, generations: {}, revivals: {}, volumes: {} };
const remembering = (part: Partial<ClusterMemory>): ClusterMemory => ({ ...nothing, ...part });

describe("generations", () => {
  it("begin with 1", () => {
    assert.deepEqual(wantedGenerations(["a", "b"], undefined, []), { a: 1, b: 1 });
  });

  it("stay while the machine is there", () => {
    const memory = remembering({ generations: { a: 3 } });
    assert.deepEqual(wantedGenerations(["a"], memory, [machine("a", { generation: 3 })]), { a: 3 });
  });

  it("rise when a known machine is missing", () => {
    assert.deepEqual(wantedGenerations(["a", "b"], remembering({ generations: { a: 3, b: 1 } }), [machine("b")]), {
      a: 4,
      b: 1,
    });
  });

  it("rise when a machine is there but broken, above its own tag", () => {
    const seen = [machine("a", { generation: 5, running: false, broken: true })];
    assert.deepEqual(wantedGenerations(["a"], remembering({ generations: { a: 3 } }), seen), { a: 6 });
  });

  it("are the higher of memory and tag", () => {
    const seen = [machine("a", { generation: 5 }), machine("b", { generation: 2 })];
    assert.deepEqual(wantedGenerations(["a", "b"], remembering({ generations: { a: 3, b: 4 } }), seen), { a: 5, b: 4 });
  });

  it("come from the tags when memory was lost", () => {
    assert.deepEqual(wantedGenerations(["a"], undefined, [machine("a", { generation: 7 })]), { a: 7 });
  });

  it("of leavers are kept, so that a name that comes back is another machine", () => {
    const left = wantedGenerations(["a"], remembering({ generations: { a: 1, b: 2 } }), [machine("a")]);
    assert.deepEqual(left, { a: 1, b: 2 });
    assert.deepEqual(wantedGenerations(["a", "b"], remembering({ generations: left }), [machine("a")]), { a: 1, b: 3 });
  });

  it("rise when a machine is to be made again", () => {
    const seen = [machine("a"), machine("b")];
    assert.deepEqual(wantedGenerations(["a", "b"], undefined, seen, ["b"]), { a: 1, b: 2 });
  });

  it("never fall", () => {
    const names = fc.constantFrom("a", "b", "c", "d");
    const counts = fc.dictionary(names, fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(fc.uniqueArray(names), counts, counts, (planned, remembered, tags) => {
        const seen = Object.entries(tags).map(([name, generation]) => machine(name, { generation }));
        const wanted = wantedGenerations(planned, remembering({ generations: remembered }), seen);
        for (const [name, count] of [...Object.entries(remembered), ...Object.entries(tags)]) {
          assert.ok((wanted[name] ?? 0) >= count);
        }
        for (const name of planned) assert.ok((wanted[name] ?? 0) >= 1);
      }),
    );
  });
});

describe("revivals", () => {
  it("rise each time a machine is found stopped, and stay otherwise", () => {
    const stopped = [machine("a", { running: false }), machine("b")];
    assert.deepEqual(wantedRevivals(["a", "b"], undefined, stopped), { a: 1 });
    assert.deepEqual(wantedRevivals(["a", "b"], remembering({ revivals: { a: 1, b: 2 } }), stopped), { a: 2, b: 2 });
  });
});

describe("a broken machine", () => {
  it("is not revived: another is made", () => {
    assert.deepEqual(wantedRevivals(["a"], undefined, [machine("a", { running: false, broken: true })]), {});
  });
});

describe("volumes", () => {
  const volumes = (state: ClusterMemory["volumes"]): ClusterMemory => remembering({ volumes: state });

  it("of members are protected", () => {
    assert.deepEqual(wantedVolumes(["a"], undefined, []), { a: "protected" });
  });

  it("of leavers stay for one more run without protection, then go", () => {
    const leaving = wantedVolumes(["a"], volumes({ a: "protected", b: "protected" }), [machine("a"), machine("b")]);
    assert.deepEqual(leaving, { a: "protected", b: "retiring" });
    assert.deepEqual(wantedVolumes(["a"], volumes(leaving), [machine("a")]), { a: "protected" });
  });

  it("of leavers stay for as long as their machines do", () => {
    const leaving = volumes({ a: "protected", b: "retiring" });
    assert.deepEqual(wantedVolumes(["a"], leaving, [machine("a"), machine("b")]), { a: "protected", b: "retiring" });
  });

  it("stay one run even when the machine was gone before its node left", () => {
    assert.deepEqual(wantedVolumes([], volumes({ b: "protected" }), []), { b: "retiring" });
  });

  it("of leavers that come back are protected again", () => {
    assert.deepEqual(wantedVolumes(["b"], volumes({ b: "retiring" }), []), { b: "protected" });
  });
});

describe("machines are as they should be", () => {
  const names = ["a", "b"];
  const generations = { a: 1, b: 2 };
  const good = [machine("a", { startedAt: 100 }), machine("b", { generation: 2 })];

  it("when all are there, running, of their generation, and not restarted since the last run", () => {
    assert.equal(machinesAsTheyShouldBe(names, generations, good, 100), true);
  });

  for (const [what, seen, finishedAt] of [
    ["one is missing", good.slice(1), 100],
    ["one is stopped", [...good.slice(1), machine("a", { running: false })], 100],
    ["one is of another generation", [...good.slice(1), machine("a", { generation: 2 })], 100],
    ["one was restarted", good, 99],
    ["no run is known to have finished", good, undefined],
  ] as const) {
    it(`but not when ${what}`, () => {
      assert.equal(machinesAsTheyShouldBe(names, generations, seen, finishedAt), false);
    });
  }
});
