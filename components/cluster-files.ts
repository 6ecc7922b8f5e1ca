import { chmodSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeAtomically } from "../contract/atomic-file.ts";
import { clusterFolder } from "../contract/folders.ts";
import { lastApplied, readJournal } from "../contract/journal.ts";
import { ownContentFile, packOwnContent } from "../contract/own-content.ts";
import type { OwnContent, OwnFile } from "../contract/own-content.ts";
import type { ClusterSpec } from "../plan/spec.ts";
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
  writePrivately(clusterId, file, text);
  keepYoungest(dirname(file), KEPT_JOBS);
}

const specFile = (clusterId: string, sha: string): string => join(clusterFolder(clusterId), "specs", `${sha}.json`);

/** Keeps what a job was planned from, so that the cluster can be brought back to it; steps' files have a place of their own. */
export function writeSpec(clusterId: string, sha: string, spec: ClusterSpec): void {
  const file = specFile(clusterId, sha);
  const steps = spec.steps.map((step) => ({ ...step, files: [] }));
  writePrivately(clusterId, file, JSON.stringify({ ...spec, steps }));
  keepYoungest(dirname(file), KEPT_JOBS);
}

/** The cluster as it was applied last; undefined where it never was, or this machine does not know it. */
export function appliedSpec(clusterId: string): ClusterSpec | undefined {
  const job = lastApplied(readJournal(clusterId));
  if (job === undefined) return undefined;
  const read = (file: string): unknown => JSON.parse(readFileSync(file, "utf8"));
  try {
    const spec = read(specFile(clusterId, job)) as ClusterSpec;
    const filesOf = (content: string) => (read(ownContentFile(clusterId, content)) as OwnContent).files;
    const steps = spec.steps.map((step) => ({
      ...step,
      files: step.content === undefined ? [] : filesOf(step.content),
    }));
    return { ...spec, steps };
  } catch {
    return undefined;
  }
}

function keepYoungest(folder: string, most: number): void {
  const files = readdirSync(folder).map((name) => ({ path: join(folder, name), at: modified(join(folder, name)) }));
  for (const file of files.sort((a, b) => b.at - a.at).slice(most)) rmSync(file.path, { force: true });
}

/** So many contents of own steps are kept besides those that are wanted: for a job that is under way. */
const KEPT_CONTENTS = 50;

/** Puts the files of a cluster's own steps where the runner looks for them. */
export function writeOwnContents(clusterId: string, steps: readonly { files: OwnFile[] }[]): void {
  const contents = steps.filter(({ files }) => files.length > 0).map(({ files }) => packOwnContent({ files }));
  if (contents.length === 0) return;
  const file = (sha: string) => ownContentFile(clusterId, sha);
  for (const { sha, text } of contents) writePrivately(clusterId, file(sha), text);
  keepYoungest(dirname(file("")), contents.length + KEPT_CONTENTS);
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
