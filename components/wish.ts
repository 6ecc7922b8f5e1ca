import { formattedServices, lastRun, nextAttempt } from "../contract/journal.ts";
import type { JournalEntry } from "../contract/journal.ts";
import type { Job } from "../contract/job.ts";
import { jobSha } from "../plan/job.ts";

/** What `Ready` is told: which job, and which attempt at it. Equal to the last one exactly when nothing is due. */
export interface Wish {
  job: Job;
  /** Hash of the job. */
  sha: string;
  attempt: number;
}

export interface WishFacts {
  /** The wanted job, given the services whose store was ever formatted. */
  jobWith: (formatted: readonly string[]) => Job;
  journal: readonly JournalEntry[];
  memoryAttempt: number | undefined;
  machinesAsTheyShouldBe: boolean;
  /** Run even if nothing is due. */
  recheck: boolean;
}

/** Decides whether there is work, from what the runner's journal says and how the machines are. */
export function decideWish(facts: WishFacts): Wish {
  const { jobWith, journal, recheck } = facts;
  const last = lastRun(journal);
  const attemptOf = (sha: string): number =>
    nextAttempt({
      job: sha,
      journal,
      memoryAttempt: facts.memoryAttempt,
      machinesAsTheyShouldBe: facts.machinesAsTheyShouldBe,
    });

  // That the last run formatted a store is no reason to run once more: it enters the next job that is due anyway.
  const same = jobWith(formattedServices(beforeLastRun(journal)));
  const sameSha = jobSha(same);
  if (!recheck && last?.job === sameSha && attemptOf(sameSha) === last.attempt) {
    return { job: same, sha: sameSha, attempt: last.attempt };
  }
  const job = jobWith(formattedServices(journal));
  const sha = jobSha(job);
  const attempt = attemptOf(sha);
  return { job, sha, attempt: recheck && last !== undefined ? Math.max(attempt, last.attempt + 1) : attempt };
}

function beforeLastRun(journal: readonly JournalEntry[]): readonly JournalEntry[] {
  const run = lastRun(journal)?.run;
  const start = journal.findIndex((entry) => entry.run === run);
  return start < 0 ? journal : journal.slice(0, start);
}
