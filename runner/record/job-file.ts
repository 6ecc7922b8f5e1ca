import { join } from "node:path";
import { clusterFolder } from "../../contract/folders.ts";
import type { Job, JobNode } from "../../contract/job.ts";
import { readIfThere, writeAtomically } from "../../contract/atomic-file.ts";
import { contentHash } from "../../contract/canonical-json.ts";

const addressFile = (clusterId: string): string => join(clusterFolder(clusterId), "ssh", "addresses.json");

/** Keeps the addresses by which nodes are reached where the cloud gave them out after the job was written. */
export function writeAddresses(clusterId: string, addresses: Readonly<Record<string, string>>): void {
  writeAtomically(addressFile(clusterId), `${JSON.stringify(addresses)}\n`);
}

function reachedAt(node: JobNode, addresses: Readonly<Record<string, string>>): JobNode {
  const address = addresses[node.name];
  return address === undefined ? node : { ...node, ssh: { ...node.ssh, address } };
}

/** Reads a job, with the addresses that came after it, and checks that it is the one its name says. Throws with what to do when it is missing or damaged. */
export function readJob(clusterId: string, sha: string): Job {
  if (!/^[0-9a-f]{64}$/.test(sha)) throw new Error(`not a job's name: ${sha.slice(0, 80)}`);
  const file = join(clusterFolder(clusterId), "jobs", `${sha}.json`);
  const text = readIfThere(file);
  if (text === undefined) throw new Error(`${file} is missing: run \`muster up\` on this machine once more`);
  const job = parse(text) as Job | undefined;
  const found = job === undefined ? "unreadable" : contentHash(job);
  if (job === undefined || found !== sha) {
    throw new Error(`${file} is damaged (its content is ${found}): remove it and run \`muster up\` again`);
  }
  if (job.format !== 1) throw new Error(`${file} has format ${String(job.format)}, this program reads format 1`);
  if (job.cluster.id !== clusterId) throw new Error(`${file} is a job of ${job.cluster.id}, not of ${clusterId}`);
  const addresses = (parse(readIfThere(addressFile(clusterId)) ?? "{}") ?? {}) as Record<string, string>;
  return { ...job, nodes: job.nodes.map((node) => reachedAt(node, addresses)) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
