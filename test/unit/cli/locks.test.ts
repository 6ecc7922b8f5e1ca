import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { type EngineLock, isDead } from "../../../cli/engine/engine-locks.ts";
import { endProcesses, membersOfSession, startedAt } from "../../../cli/engine/processes.ts";
import { currentHolder, takeTurn } from "../../../cli/engine/turn.ts";
import { isAlive, parseStatus, statusOf } from "../../../runner/process/proc.ts";

const lock = (changes: Partial<EngineLock>): EngineLock => ({
  file: "",
  pid: process.pid,
  user: "u",
  host: hostname(),
  since: Date.now(),
  ...changes,
});

/** A number that no process has: larger than the kernel ever gives out. */
const NOBODY = 2 ** 22 + 1;

describe("the engine's lock", () => {
  it("is alive while its process runs", () => assert.equal(isDead(lock({})), false));
  it("is dead when its process is gone", () => assert.equal(isDead(lock({ pid: NOBODY })), true));
  it("is dead when its number belongs to a process that started later", () =>
    assert.equal(isDead(lock({ since: Date.now() - 40 * 365 * 86_400_000 })), true));
  it("of another host is never called dead", () =>
    assert.equal(isDead(lock({ pid: NOBODY, host: "elsewhere" })), false));
});

describe("processes", () => {
  it("are read from the kernel, whatever they are called", () => {
    const known = { name: "a) b (c", state: "S", parent: 7, session: 41 };
    const text = "42 (a) b (c) S 7 42 41 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1 2";
    assert.deepEqual(parseStatus(text), { ...known, pid: 42, start: "98765" });
    assert.equal(parseStatus("nonsense"), undefined);
  });

  it("tell when they started", () => {
    const own = statusOf(process.pid);
    assert.ok(own !== undefined);
    assert.ok(Math.abs(startedAt(own) - (Date.now() - process.uptime() * 1000)) < 5000);
  });

  it("of a session are found and ended, those that ignore a polite word too", async () => {
    const script = "trap '' TERM; sleep 100 & while :; do sleep 1; done";
    const child = spawn("sh", ["-c", script], { detached: true, stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("close", resolve));
    const { pid } = child;
    assert.ok(pid !== undefined);
    while (membersOfSession(pid).length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    const members = membersOfSession(pid);
    await endProcesses(members, 300);
    await ended;
    assert.ok(!members.some(isAlive));
  });
});

describe("a stack's turn", () => {
  const folder = mkdtempSync(join(tmpdir(), "muster-turn-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("belongs to one at a time, who is known to the others", async () => {
    const turn = await takeTurn(folder, "up");
    assert.ok("release" in turn);
    const other = await takeTurn(folder, "down");
    assert.ok("pid" in other);
    assert.deepEqual([other.pid, other.doing], [process.pid, "up"]);
    assert.equal(currentHolder(folder)?.doing, "up");
    await turn.release();
    assert.equal(currentHolder(folder), undefined);
    const again = await takeTurn(folder, "down");
    assert.ok("release" in again);
    await again.release();
  });

  it("is given back by the kernel when its holder is killed", async () => {
    const source = new URL("../../../cli/engine/turn.ts", import.meta.url).href;
    const program = `const { takeTurn } = await import(${JSON.stringify(source)});
      await takeTurn(${JSON.stringify(folder)}, "up"); console.log("taken"); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    assert.ok("pid" in (await takeTurn(folder, "down")));
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
    const turn = await takeTurn(folder, "down");
    assert.ok("release" in turn);
    await turn.release();
  });
});
