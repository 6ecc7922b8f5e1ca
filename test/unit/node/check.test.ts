import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const repository = join(import.meta.dirname, "../../..");

interface Answer {
  code: number | null;
  signal: NodeJS.Signals | null;
  answer: { ok: boolean; detail: string } | undefined;
  seconds: number;
}

describe("a node's program that runs checks", function () {
  this.timeout(60_000);
  let bundle = "";

  beforeEach(() => {
    bundle = mkdtempSync(join(tmpdir(), "muster-check-"));
    for (const part of ["bin", "lib"])
      cpSync(join(repository, "runner/node", part), join(bundle, part), { recursive: true });
    mkdirSync(join(bundle, "roles/x/checks"), { recursive: true });
  });
  afterEach(() => {
    for (const { pid } of ours()) process.kill(pid, "SIGKILL");
    rmSync(bundle, { recursive: true });
  });

  /** Processes that were started by a check of this test: they carry its folder in their environment. */
  const ours = (): { pid: number; name: string }[] =>
    readdirSync("/proc").flatMap((pid) => {
      try {
        if (!/^\d+$/.test(pid) || !readFileSync(`/proc/${pid}/environ`, "utf8").includes(`PYTHONPATH=${bundle}/lib`))
          return [];
        return [{ pid: Number(pid), name: readFileSync(`/proc/${pid}/comm`, "utf8").trim() }];
      } catch {
        return [];
      }
    });

  const start = (script: string): { child: ChildProcess; ended: Promise<Answer> } => {
    writeFileSync(join(bundle, "roles/x/checks/y"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const startedAt = Date.now();
    const child = spawn(join(bundle, "bin/check"), ["x/y"], { stdio: ["ignore", "pipe", "ignore"] });
    let stdout = "";
    child.stdout.on("data", (data: Buffer) => void (stdout += data.toString()));
    const ended = new Promise<Answer>((resolve) =>
      child.once("close", (code, signal) => {
        const answer = stdout === "" ? undefined : (JSON.parse(stdout) as Answer["answer"]);
        resolve({ code, signal, answer, seconds: (Date.now() - startedAt) / 1000 });
      }),
    );
    return { child, ended };
  };

  it("passes on what the check says", async () => {
    const { answer } = await start(`echo noise >&2; echo '{"ok": true, "detail": "é"}'`).ended;
    assert.deepEqual(answer, { ok: true, detail: "é" });
  });

  it("ends what a check left running, and does not wait for who holds its output open", async () => {
    const { answer, seconds } = await start(`setsid sleep 300 & setsid sh -c 'trap "" TERM; sleep 300' &
      echo '{"ok": true, "detail": "left two"}'`).ended;
    assert.deepEqual(answer, { ok: true, detail: "left two" });
    assert.ok(seconds < 30, `${seconds} s`);
    assert.deepEqual(ours(), []);
  });

  for (const [what, script] of [
    ["sleeps", "sleep 300"],
    ["ignores TERM", "trap '' TERM; while :; do sleep 1; done"],
    ["works in a session of its own", "setsid sh -c 'trap \"\" TERM; sleep 300 & wait' & sleep 300"],
    ["prints for ever", "yes"],
    ["prints for ever without a line's end, to both", "cat /dev/zero & cat /dev/zero >&2"],
  ] as const)
    it(`that is told to end leaves nothing of a check that ${what}`, async () => {
      const { child, ended } = start(script);
      while (ours().every(({ name }) => !["sleep", "yes", "cat"].includes(name))) await pause(50);
      // Whatever is printed meanwhile must not fill the host's memory.
      await pause(1000);
      const status = readFileSync(`/proc/${child.pid ?? 0}/status`, "utf8");
      assert.ok(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) < 40_000, status);
      child.kill("SIGTERM");
      const { code, answer } = await ended;
      assert.deepEqual([code, answer], [143, undefined]);
      assert.deepEqual(ours(), []);
    });

  it("says how a check broke, in a line, whatever it printed", async () => {
    const { answer } = await start("head -c 1048576 /dev/urandom; echo; head -c 1048576 /dev/urandom >&2; exit 3")
      .ended;
    assert.equal(answer?.ok, false);
    assert.match(answer?.detail ?? "", /^x\/y broke \(exit code 3\): /);
    assert.ok((answer?.detail.length ?? 0) < 600);
  });
});
