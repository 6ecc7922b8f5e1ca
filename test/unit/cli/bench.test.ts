import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { BENCHES, benchesMeant, EXTRA, runsMeant } from "../../../cli/bench.ts";
import { exit, Trouble } from "../../../cli/exit.ts";

const misused = (message: RegExp) => (error: unknown) =>
  error instanceof Trouble && error.code === exit.mistake && message.test(error.message);

describe("what ./muster bench measures", () => {
  it("is all there is without a name", () => {
    assert.deepEqual(benchesMeant([]), [...BENCHES]);
    assert.deepEqual(benchesMeant(["life", "all"]), [...BENCHES]);
  });

  it("is what was named, each once", () => {
    assert.deepEqual(benchesMeant(["profile", "life", "profile"]), ["profile", "life"]);
    assert.deepEqual(benchesMeant(["cloud"]), ["cloud"]);
  });

  it("is never a name that there is not", () => {
    assert.throws(() => benchesMeant(["life", "memmory"]), misused(/no bench "memmory"; did you mean "memory"\?/));
  });

  it("has a program for each name, and a name for each program", () => {
    const files = globSync(join(import.meta.dirname, "../../../bench/*.ts"));
    assert.deepEqual(files.map((file) => basename(file, ".ts")).sort(), [...BENCHES, ...EXTRA].sort());
  });

  it("is measured as often as was said, and not without end", () => {
    assert.deepEqual(runsMeant(undefined), {});
    assert.deepEqual(runsMeant("3"), { MUSTER_BENCH_RUNS: "3" });
    for (const runs of ["0", "21", "-1", "1.5", "two", ""])
      assert.throws(() => runsMeant(runs), misused(/--runs: found ".*", allowed: 1 to 20/));
  });
});
