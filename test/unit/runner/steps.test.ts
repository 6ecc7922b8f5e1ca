import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const STEPS = join(import.meta.dirname, "../../../runner/node/steps.py");

describe("a step's unit on a node", () => {
  const folder = mkdtempSync(join(tmpdir(), "muster-steps-"));
  after(() => rmSync(folder, { recursive: true }));

  /** Starts a unit where `systemd-run` fails so many times with these words first. */
  function start(failures: number, words: string) {
    const [program, count] = [join(folder, "systemd-run"), join(folder, "count")];
    writeFileSync(count, "");
    writeFileSync(
      program,
      `#!/bin/sh\necho >>${count}\n[ $(wc -l <${count}) -gt ${failures} ] || { echo "${words}" >&2; exit 1; }\n`,
    );
    chmodSync(program, 0o755);
    writeFileSync(join(folder, "systemctl"), `#!/bin/sh\necho "$@" >>${join(folder, "nudges")}\n`, { mode: 0o755 });
    const python = [
      "import sys, types",
      "state = sys.modules['muster_state'] = types.ModuleType('muster_state')",
      "state.STATE = '/nowhere'",
      "steps = types.ModuleType('steps')",
      "exec(open(sys.argv[1]).read(), steps.__dict__)",
      "steps.start_unit([sys.argv[2]], 'activate')",
    ].join("\n");
    const { status, stderr } = spawnSync("python3", ["-c", python, STEPS, program], {
      encoding: "utf8",
      env: { ...process.env, PATH: `${folder}:${process.env["PATH"]}` },
    });
    const tries = execFileSync("wc", ["-l", count], { encoding: "utf8" });
    return { status, stderr, tries: Number.parseInt(tries, 10) };
  }

  it("is started as soon as systemd has forgotten the last one", () => {
    const { status, tries, stderr } = start(3, "Unit muster-run.service was already loaded or has a fragment file.");
    assert.deepEqual([status, tries], [0, 4], stderr);
    assert.equal(readFileSync(join(folder, "nudges"), "utf8"), "stop muster-run.service\n".repeat(3));
  });

  it("is not tried again for any other reason, which is told", () => {
    const { status, tries, stderr } = start(3, "Access denied");
    assert.deepEqual([status, tries], [1, 1]);
    assert.match(stderr, /systemd does not start activate: Access denied/);
  });
});
