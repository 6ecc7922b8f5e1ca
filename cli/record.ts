import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { clusterFolder } from "../contract/folders.ts";
import type { Job } from "../contract/job.ts";
import { lastRun, readJournal } from "../contract/journal.ts";
import type { RunSummary } from "../contract/summary.ts";

/** How the cluster's last run ended; undefined when none has. */
export const lastSummary = (id: string): RunSummary | undefined =>
  readJson<RunSummary>(join(clusterFolder(id), "last.json"));

/** What the cluster's youngest run was to bring about; undefined when none has started. */
export function lastJob(id: string): Job | undefined {
  const jobs = join(clusterFolder(id), "jobs");
  const sha = lastRun(readJournal(id))?.job ?? lastSummary(id)?.job;
  return sha === undefined ? undefined : readJson<Job>(join(jobs, `${sha}.json`));
}

/** The run folders of a cluster's logs, oldest first. */
export function runsOf(id: string): string[] {
  const logs = join(clusterFolder(id), "logs");
  // A run's name begins with its time.
  return listed(logs)
    .filter((name) => statSync(join(logs, name)).isDirectory())
    .sort();
}

export const logFolder = (id: string, run: string): string => join(clusterFolder(id), "logs", run);

/** Ids of the clusters that have anything in the state folder, whether their stack still has a file or not. */
export const rememberedClusters = (): string[] => listed(dirname(clusterFolder("any"))).sort();

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readJson<Shape>(file: string): Shape | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Shape;
  } catch {
    return undefined;
  }
}
