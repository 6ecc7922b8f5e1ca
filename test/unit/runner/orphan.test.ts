import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const stopping = join(import.meta.dirname, "../../../runner/process/stopping.ts");

/** Prints why a run that begins now is told to stop, or that it is not. */
const program = `
  const { stopWhenTold } = await import(${JSON.stringify(stopping)});
  const controller = new AbortController();
  stopWhenTold(controller);
  process.getBuiltinModule("node:fs").writeSync(3, controller.signal.aborted ? controller.signal.reason.message : "goes on");
  process.exit(0);`;

describe("a run that a command resource starts", function () {
  this.timeout(20_000);
  const folder = mkdtempSync(join(tmpdir(), "muster-orphan-"));
  after(() => rmSync(folder, { recursive: true }));

  /** Runs it below a shell that is called as the engine is, or as it is. */
  function begin(shell: string, environment: Record<string, string>): string {
    const line = `"${process.execPath}" --input-type=module -e "$0"; exit`;
    const { output } = spawnSync(shell, ["-c", line, program], {
      env: { ...process.env, ...environment },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    return `${output[3] ?? ""}`;
  }

  it("stops at once when its engine is gone already: it would not be told later", () => {
    assert.equal(begin("/bin/sh", { JOB: "a".repeat(64) }), "the engine, for which this run worked, is gone");
  });

  it("goes on below an engine", () => {
    const engine = join(folder, "pulumi");
    copyFileSync("/bin/sh", engine);
    assert.equal(begin(engine, { JOB: "a".repeat(64) }), "goes on");
  });

  it("goes on when it was started by hand", () => {
    assert.equal(begin("/bin/sh", { JOB: "somebody's own" }), "goes on");
  });
});
