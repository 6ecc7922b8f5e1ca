import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readIfThere, writeAtomically } from "../../contract/atomic-file.ts";
import { clusterFolder } from "../../contract/folders.ts";

/** A job that was submitted from this machine. */
export interface Remembered {
  id: string;
  name: string;
  node: string;
  /** Where its folder is to be. */
  out: string;
  /** Whether it is there. */
  home?: boolean;
}

/** Those looked at when somebody asks; older ones stay on the disk. */
const MOST = 200;

const folderOf = (clusterId: string): string => join(clusterFolder(clusterId), "submitted");

export function remember(clusterId: string, job: Remembered): void {
  writeAtomically(join(folderOf(clusterId), `${job.id}.json`), `${JSON.stringify(job)}\n`);
}

/** Oldest first. */
export function rememberedJobs(clusterId: string): Remembered[] {
  let names: string[];
  try {
    names = readdirSync(folderOf(clusterId)).filter((name) => name.endsWith(".json"));
  } catch {
    return [];
  }
  // A job's id begins with its time.
  return names
    .sort()
    .slice(-MOST)
    .flatMap((name) => {
      const text = readIfThere(join(folderOf(clusterId), name));
      return text === undefined ? [] : [JSON.parse(text) as Remembered];
    });
}
