import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { appendLine } from "./append-line.ts";
import { clusterFolder } from "./folders.ts";

/** What the runner did for a cluster, oldest first: `journal.jsonl` in the cluster's folder. */
export type JournalEntry = JobStarted | JobFinished | StoreFormatted | ClusterVerified;

export interface JobStarted {
  type: "started";
  /** ISO time. */
  at: string;
  run: string;
  job: string;
  attempt: number;
  /** Identity's uid: a cluster that was destroyed and made anew under the same name is another one. */
  uid?: string;
  /** Nodes that it was to configure whatever they said of themselves. */
  mend?: string[];
}

export interface JobFinished {
  type: "finished";
  at: string;
  run: string;
  job: string;
  attempt: number;
  state: "ready" | "degraded" | "failed" | "interrupted";
  /** Nodes that are not ready, and whatever else is open. */
  unfinished: string[];
  /** Services whose store was formatted by this run or any before. */
  formatted: string[];
  /** When the checks last passed. */
  verifiedAt?: string;
  /** Every node of the job and its generation: tells later who left. */
  generations: Record<string, number>;
}

/** Written the moment a node tells of it, so that no later crash can lose it. */
export interface StoreFormatted {
  type: "formatted";
  at: string;
  run: string;
  services: string[];
}

/** A verification that changed nothing (`muster verify`). */
export interface ClusterVerified {
  type: "verified";
  at: string;
  run: string;
  job: string;
  state: "ready" | "degraded" | "failed";
}

const journalFile = (clusterId: string): string => join(clusterFolder(clusterId), "journal.jsonl");

/** Every whole entry; a line that a crash tore is left out. Empty when there is no journal. */
export function readJournal(clusterId: string): JournalEntry[] {
  let text: string;
  try {
    text = readFileSync(journalFile(clusterId), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return text.split("\n").flatMap((line) => {
    try {
      const entry = JSON.parse(line) as JournalEntry | null;
      return typeof entry === "object" && entry !== null && typeof entry.type === "string" ? [entry] : [];
    } catch {
      return [];
    }
  });
}

/**
 * Appends one entry and returns when it is on the disk. Readable by the owner only.
 * @throws DiskFull when there is no room; then the journal is as it was
 */
export function appendJournal(clusterId: string, entry: JournalEntry): void {
  const file = journalFile(clusterId);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  appendLine(file, `${JSON.stringify(entry)}\n`, { sync: true });
}

export interface AttemptFacts {
  /** Hash of the job that is wanted now. */
  job: string;
  journal: readonly JournalEntry[];
  /** Attempt that the stack's last outputs remember. */
  memoryAttempt?: number | undefined;
  /** What the cloud's list call said. */
  machinesAsTheyShouldBe: boolean;
}

/**
 * The attempt that goes into the commands' inputs: the same as before exactly when the same job finished with nothing
 * open and the machines are as they should be; then nothing runs.
 */
export function nextAttempt(facts: AttemptFacts): number {
  const last = lastRun(facts.journal);
  if (last === undefined) return (facts.memoryAttempt ?? 0) + 1;
  if (last.job !== facts.job) return last.attempt;
  const settled = last.type === "finished" && last.state === "ready" && last.unfinished.length === 0;
  return settled && facts.machinesAsTheyShouldBe ? last.attempt : last.attempt + 1;
}

/** The entries of the cluster with this uid: what an earlier one of the same name did says nothing of its stores. */
export function entriesOf(journal: readonly JournalEntry[], uid: string): JournalEntry[] {
  const last = journal.findLastIndex((entry) => entry.type === "started" && entry.uid !== uid);
  const foreign = journal[last]?.run;
  return journal.slice(last + 1).filter((entry) => entry.run !== foreign);
}

/** Services whose store was ever formatted, sorted. */
export function formattedServices(journal: readonly JournalEntry[]): string[] {
  const services = journal.flatMap((entry) => {
    if (entry.type === "formatted") return entry.services;
    return entry.type === "finished" ? entry.formatted : [];
  });
  return [...new Set(services)].sort();
}

/** Nodes that the youngest run was to configure whatever they said of themselves, and did not get ready. */
export function stillToMend(journal: readonly JournalEntry[]): string[] {
  const started = journal.findLast((entry) => entry.type === "started");
  const wanted = started?.mend ?? [];
  const finished = journal.findLast((entry) => entry.type === "finished" && entry.run === started?.run);
  return finished?.type === "finished" ? wanted.filter((name) => finished.unfinished.includes(name)) : wanted;
}

/** The youngest start or finish of a job. */
export function lastRun(journal: readonly JournalEntry[]): JobStarted | JobFinished | undefined {
  return journal.findLast((entry) => entry.type === "started" || entry.type === "finished");
}

/** The youngest job that ran to its end, however it ended. */
export function lastFinished(journal: readonly JournalEntry[]): JobFinished | undefined {
  return journal.findLast((entry) => entry.type === "finished");
}

/** The job that the cluster was brought to last, all of it or as much as its quorum; undefined where there is none. */
export function lastApplied(journal: readonly JournalEntry[]): string | undefined {
  const uid = journal.findLast((entry) => entry.type === "started")?.uid;
  const own = uid === undefined ? journal : entriesOf(journal, uid);
  const usable = own.findLast(
    (entry) => entry.type === "finished" && (entry.state === "ready" || entry.state === "degraded"),
  );
  return usable?.type === "finished" ? usable.job : undefined;
}

/** ISO time at which the cluster's checks last passed. */
export function lastVerifiedAt(journal: readonly JournalEntry[]): string | undefined {
  for (const entry of journal.toReversed()) {
    if (entry.type === "finished" && entry.verifiedAt !== undefined) return entry.verifiedAt;
    if (entry.type === "verified" && entry.state === "ready") return entry.at;
  }
  return undefined;
}
