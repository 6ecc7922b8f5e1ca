import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fullDisks } from "../../../cli/full-disk.ts";
import { placeOnce, writeAtomically } from "../../../contract/atomic-file.ts";
import { EventFollower } from "../../../cli/progress/follow.ts";
import { readJournal } from "../../../contract/journal.ts";
import { withStateFolder } from "../../mock/state-folder.ts";
import { RunLog } from "../../../runner/record/run-log.ts";

const contract = join(import.meta.dirname, "../../../contract");

describe("a file for which there is too little room", () => {
  const state = withStateFolder();

  /** Runs a module's function where a file may have 4 KiB: as on a disk that fills up, a write takes what fits. */
  function withLittleRoom(module: string, call: string): { code: number | null; told: string } {
    const program = `import * as it from ${JSON.stringify(join(contract, module))}; ${call}`;
    const limited = `ulimit -f 8; exec "$0" --input-type=module -e "$1"`;
    const { status, stderr } = spawnSync("sh", ["-c", limited, process.execPath, program], { encoding: "utf8" });
    return { code: status, told: stderr };
  }

  it("keeps its old text, leaves no draft, and is named", () => {
    const file = join(state(), "last.json");
    writeAtomically(file, "the old text");
    const { code, told } = withLittleRoom(
      "atomic-file.ts",
      `it.writeAtomically(${JSON.stringify(file)}, "x".repeat(9000))`,
    );
    assert.notEqual(code, 0);
    assert.match(told, new RegExp(`the disk is full: ${file} could not be written; free some space in ${state()}`));
    assert.equal(readFileSync(file, "utf8"), "the old text");
    assert.deepEqual(readdirSync(state()), ["last.json"]);
  });

  it("does not come into being by half", () => {
    const file = join(state(), "lock");
    assert.notEqual(
      withLittleRoom("atomic-file.ts", `it.placeOnce(${JSON.stringify(file)}, "x".repeat(9000))`).code,
      0,
    );
    assert.deepEqual(readdirSync(state()), []);
  });

  it("is, when it is the journal, as before: no entry and no part of one", () => {
    const entry = (job: string) => `{ type: "started", at: "t", run: "r", job: ${job}, attempt: 1 }`;
    assert.equal(withLittleRoom("journal.ts", `it.appendJournal("c", ${entry('"one"')})`).code, 0);
    const file = join(state(), "muster/clusters/c/journal.jsonl");
    const whole = readFileSync(file, "utf8");
    const { code, told } = withLittleRoom("journal.ts", `it.appendJournal("c", ${entry('"x".repeat(9000)')})`);
    assert.notEqual(code, 0);
    assert.match(told, /the disk is full: .*journal\.jsonl could not be written/);
    assert.equal(readFileSync(file, "utf8"), whole);
    assert.deepEqual(
      readJournal("c").map((one) => one.type),
      ["started"],
    );
  });

  it("ends the run whose events or logs it was to take, once, and holds whole lines only", () => {
    const program = `
      const log = new it.RunLog("c", "r", () => undefined);
      let lost = 0;
      log.onLost = (error) => { lost += error.name === "DiskFull" ? 1 : 100; };
      for (let n = 0; n < 100; n++) log.event("prepare", "progress", "x".repeat(100), "a-worker-1");
      process.exit(lost);`;
    assert.equal(withLittleRoom("../runner/record/run-log.ts", program).code, 1);
    const events = join(state(), "muster/clusters/c/events.jsonl");
    const lines = readFileSync(events, "utf8").split("\n");
    assert.ok(lines.length > 10);
    assert.equal(lines.at(-1), "");
    // What was torn before does not spoil what comes after.
    writeFileSync(events, '{"at":1,"run":"r","sta');
    new RunLog("c", "r", () => undefined).event("prepare", "started");
    assert.deepEqual(
      new EventFollower(events, 0).read().map((event) => event.state),
      ["started"],
    );
  });
});

describe("a draft", () => {
  const folder = mkdtempSync(join(tmpdir(), "muster-draft-"));
  after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "last.json");

  it("of a writer that was killed goes with the next write; a living writer's stays", () => {
    const dead = execFileSync("sh", ["-c", "echo $$"], { encoding: "utf8" }).trim();
    const drafts = { dead: `last.json.${dead}.0123abcd`, living: `last.json.${process.ppid}.0123abcd` };
    for (const name of [...Object.values(drafts), "last.json.old"]) writeFileSync(join(folder, name), "half a te");
    writeAtomically(file, "whole");
    assert.deepEqual(readdirSync(folder).sort(), ["last.json", drafts.living, "last.json.old"].sort());
  });

  it("is placed by one of two only", () => {
    mkdirSync(join(folder, "other"));
    const lock = join(folder, "other", "lock");
    assert.deepEqual([placeOnce(lock, "first"), placeOnce(lock, "second")], [true, false]);
    assert.equal(readFileSync(lock, "utf8"), "first");
    assert.deepEqual(readdirSync(join(folder, "other")), ["lock"]);
  });
});

describe("a failure while one of our folders is full", () => {
  it("names the folder, its variable, and that nothing has to be begun again", () => {
    const told = fullDisks((folder) => (folder.includes("cache") ? 0 : 500)) ?? "";
    assert.match(told, /the disk is full; free some space.*goes on/);
    assert.match(told, /cache folder +\S+\/muster +\(XDG_CACHE_HOME\)/);
    assert.doesNotMatch(told, /state folder/);
    assert.equal(
      fullDisks(() => 500),
      undefined,
    );
  });
});
