import { join } from "node:path";
import { clusterFolder } from "../../contract/folders.ts";
import type { Job } from "../../contract/job.ts";
import { readIfThere } from "../../contract/atomic-file.ts";
import { contentHash } from "../../contract/canonical-json.ts";

/** Reads a job and checks that it is the one its name says. Throws with what to do when it is missing or damaged. */
export function readJob(clusterId: string, sha: string): Job {
  if (!/^[0-9a-f]{64}$/.test(sha)) throw new Error(`not a job's name: ${sha.slice(0, 80)}`);
  const file = join(clusterFolder(clusterId), "jobs", `${sha}.json`);
  const text = readIfThere(file);
  if (text === undefined) throw new Error(`${file} is missing: run \`muster up\` on this machine once more`);
  const job = parse(text);
  const found = job === undefined ? "unreadable" : contentHash(job);
  if (job === undefined || found !== sha) {
    throw new Error(`${file} is damaged (its content is ${found}): remove it and run \`muster up\` again`);
  }
  if (job.format !== 1) throw new Error(`${file} has format ${String(job.format)}, this program reads format 1`);
  if (job.cluster.id !== clusterId) throw new Error(`${file} is a job of ${job.cluster.id}, not of ${clusterId}`);
  return job;
}

function parse(text: string): Job | undefined {
  try {
    return JSON.parse(text) as Job;
  } catch {
    return undefined;
  }
}
