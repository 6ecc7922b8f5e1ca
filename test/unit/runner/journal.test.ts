import assert from "node:assert/strict";
import { appendFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  appendJournal,
  entriesOf,
  formattedServices,
  lastFinished,
  lastVerifiedAt,
  nextAttempt,
  readJournal,
  stillToMend,
  type JobFinished,
  type JobStarted,
  type JournalEntry,
} from "../../../contract/journal.ts";
import { withStateFolder } from "../../mock/state-folder.ts";

const started = (job: string, attempt: number): JobStarted => ({ type: "started", at: "t", run: "r", job, attempt });
const finished = (job: string, attempt: number, more: Partial<JobFinished> = {}): JobFinished => ({
  type: "finished",
  at: "t",
  run: "r",
  job,
  attempt,
  state: "ready",
  unfinished: [],
  formatted: [],
  generations: {},
  ...more,
});

describe("the journal", () => {
  const state = withStateFolder();
  const file = () => join(state(), "muster/clusters/a.b.c/journal.jsonl");

  it("is empty before the first run, and gives back what was appended, for the owner only", () => {
    assert.deepEqual(readJournal("a.b.c"), []);
    appendJournal("a.b.c", started("x", 1));
    appendJournal("a.b.c", finished("x", 1));
    assert.deepEqual(readJournal("a.b.c"), [started("x", 1), finished("x", 1)]);
    assert.equal(statSync(file()).mode & 0o777, 0o600);
  });

  it("leaves out a torn line, and appends after it", () => {
    appendJournal("a.b.c", started("x", 1));
    appendFileSync(file(), '{"type":"finished","at":"t","ru');
    assert.deepEqual(readJournal("a.b.c"), [started("x", 1)]);
    appendJournal("a.b.c", started("x", 2));
    assert.deepEqual(readJournal("a.b.c"), [started("x", 1), started("x", 2)]);
  });

  it("leaves out lines that are no entries", () => {
    appendJournal("a.b.c", started("x", 1));
    appendFileSync(file(), "null\n[]\n7\n\n");
    assert.deepEqual(readJournal("a.b.c"), [started("x", 1)]);
  });

  it("forgets what an earlier cluster of the same name did", () => {
    const run = (name: string, uid: string): JournalEntry[] => [
      { ...started("x", 1), run: name, uid },
      finished("x", 1, { run: name, formatted: ["hdfs"] }),
    ];
    const journal = [...run("1", "old"), ...run("2", "new")];
    assert.deepEqual(entriesOf(journal, "new"), run("2", "new"));
    assert.deepEqual(entriesOf(journal, "newer"), []);
    assert.deepEqual(formattedServices(entriesOf(run("1", "old"), "new")), []);
  });

  it("remembers every service that was ever formatted", () => {
    const journal: JournalEntry[] = [
      { type: "formatted", at: "t", run: "r", services: ["hdfs"] },
      finished("x", 1, { formatted: ["nfs"] }),
      finished("y", 1),
    ];
    assert.deepEqual(formattedServices(journal), ["hdfs", "nfs"]);
  });

  it("knows the last finished job and the last verification", () => {
    const journal: JournalEntry[] = [
      finished("x", 1, { verifiedAt: "T1" }),
      started("x", 2),
      { type: "verified", at: "T2", run: "r", job: "x", state: "failed" },
    ];
    assert.equal(lastFinished(journal)?.attempt, 1);
    assert.equal(lastVerifiedAt(journal), "T1");
    assert.equal(
      lastVerifiedAt([...journal, { type: "verified", at: "T3", run: "r", job: "x", state: "ready" }]),
      "T3",
    );
    assert.equal(lastVerifiedAt([]), undefined);
  });

  it("remembers which nodes a run was to mend and did not", () => {
    const mending: JournalEntry = { ...started("x", 2), mend: ["a", "b"] };
    assert.deepEqual(stillToMend([started("x", 1)]), []);
    assert.deepEqual(stillToMend([mending]), ["a", "b"]);
    assert.deepEqual(stillToMend([mending, finished("x", 2, { state: "degraded", unfinished: ["b"] })]), ["b"]);
    assert.deepEqual(stillToMend([mending, finished("x", 2)]), []);
    assert.deepEqual(stillToMend([mending, { ...started("x", 3), run: "s" }]), []);
  });

  const table: [
    what: string,
    journal: JournalEntry[],
    memory: number | undefined,
    machines: boolean,
    attempt: number,
  ][] = [
    ["first run", [], undefined, true, 1],
    ["journal lost, engine remembers", [], 3, true, 4],
    ["all done", [finished("x", 2)], 2, true, 2],
    [
      "all done, then verified",
      [finished("x", 2), { type: "verified", at: "t", run: "r", job: "x", state: "ready" }],
      2,
      true,
      2,
    ],
    ["all done, a machine is missing", [finished("x", 2)], 2, false, 3],
    ["degraded", [finished("x", 2, { state: "degraded", unfinished: ["n"] })], 2, true, 3],
    ["degraded without a node open", [finished("x", 2, { state: "degraded" })], 2, true, 3],
    ["failed", [finished("x", 2, { state: "failed" })], 2, true, 3],
    ["interrupted", [finished("x", 2, { state: "interrupted" })], 2, true, 3],
    ["killed without a word", [finished("x", 2), started("x", 3)], 2, true, 4],
    ["another job before", [finished("w", 5)], 5, true, 5],
    ["another job before, failed", [finished("w", 5, { state: "failed" })], 4, true, 5],
  ];
  for (const [what, journal, memoryAttempt, machinesAsTheyShouldBe, attempt] of table)
    it(`counts attempts: ${what} → ${attempt}`, () => {
      assert.equal(nextAttempt({ job: "x", journal, memoryAttempt, machinesAsTheyShouldBe }), attempt);
    });
});
