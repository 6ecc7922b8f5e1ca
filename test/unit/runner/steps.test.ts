import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";

const STEPS = join(import.meta.dirname, "../../../runner/node/steps.py");

/** Loads the module as the agent does. */
const LOAD = `
import json, os, sys, types
folder = sys.argv[2]
state = sys.modules["muster_state"] = types.ModuleType("muster_state")
state.STATE, state.PATH = folder, "/usr/bin:/bin"
state.load = lambda path: json.load(open(path)) if os.path.exists(path) else None
state.write = lambda path, text, mode: open(path, "w").write(text)
steps = types.ModuleType("steps")
exec(open(sys.argv[1]).read(), steps.__dict__)
`;

/** Asks for a step, and prints the unit that it is, or None. */
const ASK = `${LOAD}
key, token = sys.argv[3:]
request = {"step": "activate", "key": key, "token": token, "seconds": 60, "argv": ["/bin/true"]}
print(steps.start_or_join(request, folder + "/events", folder + "/log"))
`;

/** Follows the step whose events these are, to its end. */
const FOLLOW = `${LOAD}
steps.RUNS = steps.LOGS = folder
print(json.dumps(steps.follow("a.service", sys.argv[3], folder + "/log", 0, steps.time.monotonic() + 60, print)))
`;

describe("a step's unit on a node", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "muster-steps-"));
    mkdirSync(join(folder, "runs"));
    systemd("systemd-run", `echo "$@" >>${folder}/started`);
    systemd("systemctl", "echo inactive");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function systemd(program: string, script: string): void {
    writeFileSync(join(folder, program), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  const environment = () => ({ ...process.env, PATH: `${folder}:${process.env["PATH"]}` });

  function ask(key: string, token: string) {
    const { stdout, stderr } = spawnSync("python3", ["-c", ASK, STEPS, folder, key, token], {
      encoding: "utf8",
      env: environment(),
    });
    return { unit: stdout.trim(), stderr };
  }

  const started = (): string[] =>
    existsSync(join(folder, "started")) ? readFileSync(join(folder, "started"), "utf8").trim().split("\n") : [];

  it("has a name that no other had, because systemd may not have forgotten the last one", () => {
    const [one, other] = [ask("a", "1").unit, ask("a", "2").unit];
    assert.match(one, /^muster-activate-\d+\.service$/);
    assert.notEqual(one, other);
    assert.deepEqual(
      started().map((argv) => /--unit=(\S+)/.exec(argv)?.[1]),
      [one, other],
    );
  });

  it("is joined while it works, and is in the way of any other", () => {
    const { unit } = ask("a", "1");
    systemd("systemctl", `[ "$*" = "is-active ${unit}" ] && echo active`);
    assert.equal(ask("a", "2").unit, unit);
    assert.equal(ask("b", "3").unit, "None");
    assert.equal(started().length, 1);
  });

  it("that has ended is still the answer to who started it, and to nobody else", () => {
    const { unit } = ask("a", "1");
    assert.equal(ask("a", "1").unit, unit);
    assert.notEqual(ask("b", "1").unit, unit);
  });

  it("is known to work by its lock on its events, and systemd is asked only when nobody holds it", async () => {
    systemd("systemctl", `echo asked >>${folder}/asked; echo inactive`);
    const events = join(folder, "events");
    writeFileSync(events, "");
    const step = spawn("flock", ["--shared", events, "sh", "-c", "echo held; read end"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    await once(step.stdout, "data");
    try {
      const following = spawn("python3", ["-c", FOLLOW, STEPS, folder, events], {
        stdio: ["ignore", "pipe", "inherit"],
        env: environment(),
      });
      const said = text(following.stdout);
      await pause(2500);
      assert.equal(existsSync(join(folder, "asked")), false);
      step.stdin.end();
      assert.deepEqual(JSON.parse(await said), {
        state: "failed",
        text: "ended without a result: nothing in its log",
        log: "",
      });
      assert.equal(readFileSync(join(folder, "asked"), "utf8"), "asked\n");
    } finally {
      step.kill();
    }
  });

  it("that systemd refuses is told with systemd's words", () => {
    systemd("systemd-run", "echo Access denied >&2; exit 1");
    assert.match(ask("a", "1").stderr, /systemd does not start activate: Access denied/);
  });
});
