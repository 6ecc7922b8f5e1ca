import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { engineInItsOwnSession } from "../../../cli/engine/engine-command.ts";
import { EngineRun } from "../../../cli/engine/engine-run.ts";

/** As the Automation API calls it, which does not show it. */
type EngineStart = (
  args: string[],
  cwd: string,
  variables: Record<string, string>,
  onOutput: undefined,
  onError: undefined,
  signal: AbortSignal,
) => Promise<unknown>;

describe("starting the engine", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "muster-engine-start-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const quiet = (): void => undefined;

  it("does not happen once the command line was told to end: also not between two commands of one run", async () => {
    const file = join(folder, "touched");
    const touch = Object.assign(Object.create(null) as PulumiCommand, { command: "touch" });
    const { run } = engineInItsOwnSession(touch, new EngineRun(folder, quiet)) as unknown as { run: EngineStart };
    const controller = new AbortController();
    const start = () => run(["--", file, "--non-interactive"], folder, {}, undefined, undefined, controller.signal);
    await start();
    assert.ok(existsSync(file));
    rmSync(file);
    controller.abort(new Error("told to end"));
    await assert.rejects(start(), /told to end/);
    assert.ok(!existsSync(file));
  });

  it("does not happen for what the Automation API asks after a run and nobody reads", async () => {
    const failing = Object.assign(Object.create(null) as PulumiCommand, { command: "false" });
    const { run } = engineInItsOwnSession(failing, new EngineRun(folder, quiet)) as unknown as { run: EngineStart };
    const ask = (...args: string[]) =>
      run([...args, "--stack", "dev"], folder, {}, undefined, undefined, new AbortController().signal);
    assert.deepEqual(await ask("stack", "output", "--json"), { stdout: "{}", stderr: "", code: 0 });
    assert.deepEqual(await ask("stack", "history", "--json"), { stdout: "[]", stderr: "", code: 0 });
    assert.deepEqual(await ask("stack", "select"), { stdout: "", stderr: "", code: 0 });
    await assert.rejects(ask("stack", "export"), /ended with 1/);
  });

  it("fails, and leaves no engine, when it cannot be written down who could be left behind", async () => {
    const own = join(folder, "own");
    mkdirSync(own);
    const run = new EngineRun(own, quiet);
    rmSync(own, { recursive: true });
    writeFileSync(own, "no folder");
    const child = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
    const ended = once(child, "exit");
    assert.throws(() => run.started(child));
    assert.deepEqual(await ended, [null, "SIGKILL"]);
  });
});
