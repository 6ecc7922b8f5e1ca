import assert from "node:assert/strict";
import fc from "fast-check";
import { surely } from "../../../runner/node/clock.ts";

describe("how far a node's clock is off", () => {
  const seconds = (most: number) => fc.double({ min: 0, max: most, noNaN: true });

  it("is nothing for a right clock, however slow the line", () => {
    fc.assert(
      fc.property(seconds(60), seconds(60), (there, back) => {
        assert.equal(surely(1000 + there, 1000, 1000 + there + back), 0);
      }),
    );
  });

  it("is never more than it really is, and at most the line's time less", () => {
    fc.assert(
      fc.property(fc.double({ min: -900, max: 900, noNaN: true }), seconds(5), seconds(5), (skew, there, back) => {
        const found = surely(1000 + there + skew, 1000, 1000 + there + back);
        assert.ok(Math.abs(found) <= Math.abs(skew) + 1e-9);
        assert.ok(Math.abs(skew) - Math.abs(found) <= there + back + 1e-9);
        assert.ok(found === 0 || Math.sign(found) === Math.sign(skew));
      }),
    );
  });
});
