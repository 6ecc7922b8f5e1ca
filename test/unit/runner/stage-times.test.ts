import assert from "node:assert/strict";
import { StageTimes } from "../../../runner/record/stage-times.ts";

describe("the times of a run's stages", () => {
  it("add up to the run's, although the stages overlap", () => {
    let now = 5000;
    const times = new StageTimes(() => now);
    const after = (milliseconds: number, stage: "leave" | "machines" | "converge" | "verify"): void => {
      now += milliseconds;
      times.mark(stage);
    };
    after(20_000, "machines");
    after(1500, "leave");
    after(8000, "machines");
    after(31_000, "converge");
    after(18_540, "verify");
    assert.deepEqual(times.seconds, { machines: 28, leave: 1.5, converge: 31, verify: 18.5 });
  });

  it("tell only of stages that there were", () => assert.deepEqual(new StageTimes().seconds, {}));
});
