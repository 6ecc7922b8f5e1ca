import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { readIfThere } from "../../../contract/atomic-file.ts";
import { type LockOwner, Locked, takeLock } from "../../../runner/process/lock.ts";

const lockModule = join(import.meta.dirname, "../../../runner/process/lock.ts");
/** Who holds a folder's lock, as far as the file says. */
function ownerOf(folder: string): LockOwner | undefined {
  const text = readIfThere(join(folder, "lock"));
  return text === undefined ? undefined : (JSON.parse(text) as LockOwner);
}

const quiet = { doing: "test", waitSeconds: 0, onWait: () => undefined };

describe("the cluster's lock", function () {
  this.timeout(30_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "muster-lock-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const holder = (doing = "hold") =>
    spawn(
      process.execPath,
      [
        "--input-type=module",
        "-e",
        `const { takeLock } = await import(${JSON.stringify(lockModule)});
         await takeLock(${JSON.stringify(folder)}, { doing: "${doing}", waitSeconds: 20, onWait: () => undefined });
         console.log("held"); setInterval(() => {}, 1000);`,
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );

  it("is free again once given back", async () => {
    const unlock = await takeLock(folder, quiet);
    assert.equal(ownerOf(folder)?.pid, process.pid);
    unlock();
    assert.equal(ownerOf(folder), undefined);
    (await takeLock(folder, quiet))();
    assert.deepEqual(readdirSync(folder), []);
  });

  it("explains who holds it, and is taken over when that process is killed", async () => {
    const child = holder();
    await once(child.stdout, "data");
    let told = 0;
    await assert.rejects(
      takeLock(folder, { ...quiet, waitSeconds: 1, onWait: () => (told += 1) }),
      (error) =>
        error instanceof Locked && error.message.includes(`process ${child.pid}`) && error.message.includes("hold"),
    );
    assert.equal(told, 1);
    child.kill("SIGKILL");
    await once(child, "exit");
    (await takeLock(folder, quiet))();
  });

  it("is taken over whatever the dead owner wrote, also when its number is another process's now", async () => {
    const other = { pid: process.pid, host: hostname(), since: "s", doing: "x" };
    writeFileSync(join(folder, "lock"), JSON.stringify(other));
    (await takeLock(folder, quiet))();
    writeFileSync(join(folder, "lock"), "half a li");
    (await takeLock(folder, quiet))();
  });

  it("never judges an owner on another machine", async () => {
    const other = { pid: 1, host: "elsewhere", since: "s", doing: "x" };
    writeFileSync(join(folder, "lock"), JSON.stringify(other));
    await assert.rejects(takeLock(folder, quiet), /elsewhere.*remove .*lock/);
  });

  it("is held by one of many that find the same dead owner", async () => {
    const dead = spawnSync("true").pid;
    const left = { pid: dead, host: hostname(), since: "s", doing: "x" };
    writeFileSync(join(folder, "lock"), JSON.stringify(left));
    const children = Array.from({ length: 4 }, () => holder());
    let held = 0;
    for (const child of children) child.stdout.on("data", () => (held += 1));
    await new Promise((resolve) => setTimeout(resolve, 3000));
    for (const child of children) child.kill("SIGKILL");
    assert.equal(held, 1);
  });
});
