import assert from "node:assert/strict";
import { decideWish } from "../../components/wish.ts";
import type { Wish, WishFacts } from "../../components/wish.ts";
import type { JobFinished, JournalEntry } from "../../contract/journal.ts";
import type { Job } from "../../contract/job.ts";
import { jobSha } from "../../plan/job.ts";

/** As much of a job as its hash needs. */
const jobOf = (name: string): Job => ({ bundle: name }) as Job;
const sha = (name: string): string => jobSha(jobOf(name));

const wish = ({ name = "a", ...facts }: Partial<WishFacts> & { name?: string }): Wish =>
  decideWish(jobOf(name), {
    journal: [],
    memoryAttempt: undefined,
    machinesAsTheyShouldBe: true,
    recheck: false,
    ...facts,
  });

type End = Pick<JobFinished, "state" | "unfinished" | "formatted">;

function run(id: string, job: string, attempt: number, end: Partial<End> | "killed" = {}): JournalEntry[] {
  const both = { at: "2026-01-01T00:00:00Z", run: id, job, attempt };
  const started: JournalEntry = { type: "started", ...both };
  if (end === "killed") return [started];
  const ended: End = { state: "ready", unfinished: [], formatted: [], ...end };
  return [started, { type: "finished", ...both, generations: {}, ...ended }];
}

describe("a wish", () => {
  it("begins with the first attempt", () => {
    assert.equal(wish({}).attempt, 1);
  });

  it("stays as it was when the same job finished with nothing open", () => {
    const { attempt, sha: wanted } = wish({ journal: run("1", sha("a"), 4) });
    assert.deepEqual([attempt, wanted], [4, sha("a")]);
  });

  const ends: [string, Partial<End> | "killed"][] = [
    ["failed", { state: "failed" }],
    ["left nodes unfinished", { state: "degraded", unfinished: ["dev-worker-2"] }],
    ["was interrupted", { state: "interrupted" }],
    ["was killed", "killed"],
  ];
  for (const [what, end] of ends) {
    it(`is another attempt when the last one ${what}`, () => {
      assert.equal(wish({ journal: run("1", sha("a"), 4, end) }).attempt, 5);
    });
  }

  it("is another attempt when the machines are not as they should be", () => {
    assert.equal(wish({ journal: run("1", sha("a"), 4), machinesAsTheyShouldBe: false }).attempt, 5);
  });

  it("is another attempt on a machine without a journal", () => {
    assert.equal(wish({ memoryAttempt: 4 }).attempt, 5);
  });

  it("is another attempt when asked for", () => {
    assert.equal(wish({ journal: run("1", sha("a"), 4), recheck: true }).attempt, 5);
    assert.equal(wish({ journal: run("1", sha("a"), 4, { state: "failed" }), recheck: true }).attempt, 5);
    assert.equal(wish({ recheck: true }).attempt, 1);
  });

  it("is another job when something else is wanted, also back", () => {
    const journal = [...run("1", sha("a"), 1), ...run("2", sha("b"), 1, { state: "failed" })];
    assert.equal(wish({ name: "a", journal }).sha, sha("a"));
    assert.equal(wish({ name: "c", journal }).sha, sha("c"));
  });
});
