import { lastRun, nextAttempt } from "../contract/journal.ts";
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
  journal: readonly JournalEntry[];
  /** Attempt that the stack remembers. */
  memoryAttempt: number | undefined;
  machinesAsTheyShouldBe: boolean;
  /** Run even if nothing is due. */
  recheck: boolean;
}

/** Decides whether there is work, from what the runner's journal says and how the machines are. */
export function decideWish(job: Job, facts: WishFacts): Wish {
  const { recheck, ...known } = facts;
  const sha = jobSha(job);
  const due = nextAttempt({ job: sha, ...known });
  const last = lastRun(facts.journal);
  return { job, sha, attempt: recheck && last !== undefined ? Math.max(due, last.attempt + 1) : due };
}
