import { chmodSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeAtomically } from "../contract/atomic-file.ts";
import { clusterFolder } from "../contract/folders.ts";
import { recall } from "./memory.ts";
import type { ClusterMemory } from "./memory.ts";

/** How many jobs of a cluster are kept, for people who ask what an earlier run was to do. */
const KEPT_JOBS = 20;

/** Where a job of a cluster is, by its hash; old ones are dropped. */
export const jobFile = (clusterId: string, sha: string): string =>
  join(clusterFolder(clusterId), "jobs", `${sha}.json`);

/**
 * Puts a job where the runner looks for it: `<clusterFolder>/jobs/<sha>.json`.
 * @param text The job's canonical JSON, whose hash `sha` is.
 */
export function writeJobFile(clusterId: string, sha: string, text: string): void {
  const file = jobFile(clusterId, sha);
  const folder = dirname(file);
  writePrivately(clusterId, file, text);
  const jobs = readdirSync(folder).map((name) => ({ path: join(folder, name), at: modified(join(folder, name)) }));
  for (const job of jobs.sort((a, b) => b.at - a.at).slice(KEPT_JOBS)) rmSync(job.path, { force: true });
}

const memoryFile = (clusterId: string): string => join(clusterFolder(clusterId), "memory.json");

/** What this machine remembers of a cluster: written by every run before it makes anything. */
export function readMemoryFile(clusterId: string): ClusterMemory | undefined {
  try {
    return recall(JSON.parse(readFileSync(memoryFile(clusterId), "utf8")));
  } catch {
    // None yet, or damaged: the stack's own memory is the rule, this one its safety net.
    return undefined;
  }
}

export function writeMemoryFile(clusterId: string, memory: ClusterMemory): void {
  writePrivately(clusterId, memoryFile(clusterId), JSON.stringify(memory));
}

/** A folder that was made by an older version, or by hand, may be open to others. */
function writePrivately(clusterId: string, path: string, text: string): void {
  writeAtomically(path, text);
  chmodSync(clusterFolder(clusterId), 0o700);
}

/** Another program may drop the same old jobs at this moment. */
function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
