import assert from "node:assert/strict";
import { clustersToRollBack, rollbackEnvironment, runSince, sinceEnvironment } from "../../../contract/up-variables.ts";

describe("what a run is told beside its config", () => {
  it("is since when somebody waits; nothing that is told wrong counts", () => {
    assert.equal(runSince(5000, sinceEnvironment(1999.6)), 2000);
    for (const since of [undefined, "", "soon", "-1", "6000"])
      assert.equal(runSince(5000, { MUSTER_SINCE: since }), 5000);
  });

  it("is which clusters to bring back", () => {
    assert.deepEqual(clustersToRollBack(rollbackEnvironment(["a", "b"])), ["a", "b"]);
    assert.deepEqual(clustersToRollBack({}), []);
  });
});
