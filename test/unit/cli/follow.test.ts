import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventFollower } from "../../../cli/progress/follow.ts";

const line = (text: string): string => JSON.stringify({ at: 1, run: "r", stage: "run", state: "progress", text });

describe("following the runner's events", () => {
  const folder = mkdtempSync(join(tmpdir(), "muster-events-"));
  const file = join(folder, "events.jsonl");
  after(() => rmSync(folder, { recursive: true, force: true }));
  const texts = (follower: EventFollower) => follower.read().map((event) => event.text);

  it("begins where earlier runs ended, and waits for the end of a line", () => {
    writeFileSync(file, `${line("old")}\n`);
    const follower = new EventFollower(file);
    assert.deepEqual(texts(follower), []);
    const news = line("neu – ü");
    appendFileSync(file, `${news}\nbroken\n${news.slice(0, 10)}`);
    assert.deepEqual(texts(follower), ["neu – ü"]);
    appendFileSync(file, `${news.slice(10)}\n`);
    assert.deepEqual(texts(follower), ["neu – ü"]);
  });

  it("starts over when the file is begun anew, and bears that there is none", () => {
    const follower = new EventFollower(file);
    renameSync(file, `${file}.old`);
    assert.deepEqual(texts(follower), []);
    writeFileSync(file, `${line("first")}\n`);
    assert.deepEqual(texts(follower), ["first"]);
  });
});
