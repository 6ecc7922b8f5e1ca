import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { inTurn, tryTurn } from "../../../contract/turn.ts";

const source = new URL("../../../contract/turn.ts", import.meta.url).href;

describe("a turn", function () {
  this.timeout(30_000);
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "muster-turn-"));
    path = join(folder, "thing");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A process of its own that has the turn; killed by the test. */
  async function holder(): Promise<{ kill: () => Promise<void> }> {
    const program = `const { tryTurn } = await import(${JSON.stringify(source)});
      console.log((await tryTurn(${JSON.stringify(path)})) ? "has it" : "has it not"); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [told] = (await once(child.stdout, "data")) as [Buffer];
    assert.equal(told.toString(), "has it\n");
    return {
      kill: async () => {
        child.kill("SIGKILL");
        await once(child, "close");
      },
    };
  }

  it("belongs to one at a time, leaves no file, and is free again once released", async () => {
    const turn = await tryTurn(path);
    assert.ok(turn);
    assert.equal(await tryTurn(path), undefined);
    const other = await tryTurn(join(folder, "another thing"));
    assert.ok(other);
    await other.release();
    await turn.release();
    const again = await tryTurn(path);
    assert.ok(again);
    await again.release();
    assert.deepEqual(readdirSync(folder), []);
  });

  it("is the same by whatever way its folder is reached, and makes the folder", async () => {
    path = join(folder, "made", "thing");
    const turn = await tryTurn(path);
    assert.ok(turn);
    symlinkSync(join(folder, "made"), join(folder, "by another way"));
    assert.equal(await tryTurn(join(folder, "by another way", "thing")), undefined);
    mkdirSync(join(folder, "another"));
    const other = await tryTurn(join(folder, "another", "thing"));
    assert.ok(other);
    await Promise.all([turn.release(), other.release()]);
  });

  it("of a killed process goes to one of those who wait, then to the next", async () => {
    const { kill } = await holder();
    const seen: string[] = [];
    const work = (name: string) => async () => {
      seen.push(`${name} begins`);
      await pause(100);
      seen.push(`${name} ends`);
    };
    const waiting = Promise.all(["one", "one", "one"].map((name) => inTurn(path, work(name))));
    await pause(200);
    assert.deepEqual(seen, []);
    await kill();
    await waiting;
    assert.deepEqual(
      seen,
      [1, 2, 3].flatMap(() => ["one begins", "one ends"]),
    );
  });

  it("is given back when its work fails, and told what the work told", async () => {
    await assert.rejects(
      inTurn(path, () => Promise.reject(new Error("no"))),
      /^Error: no$/,
    );
    assert.equal(await inTurn(path, () => Promise.resolve(7)), 7);
  });

  it("is not waited for any longer once told to stop", async () => {
    const turn = await tryTurn(path);
    const controller = new AbortController();
    const waiting = inTurn(path, () => Promise.resolve("worked"), controller.signal);
    controller.abort();
    await assert.rejects(waiting, { name: "AbortError" });
    await turn?.release();
  });
});
