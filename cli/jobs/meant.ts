import { resolve } from "node:path";
import type { Job } from "../../contract/job.ts";
import type { JobLine } from "../../contract/submission.ts";
import { suggestion } from "../../plan/config/nearest.ts";
import { workplace } from "../commands/run.ts";
import type { ClusterName } from "../environment.ts";
import { misuse, Trouble } from "../exit.ts";
import { tell } from "../options.ts";
import { JobsAtNode } from "./at-node.ts";
import { type Remembered, rememberedJobs } from "./remembered.ts";

/** A job as its node tells of it, and where that is. */
export interface JobThere extends JobLine {
  node: string;
}

/** The jobs that the nodes know on which some were submitted, or would be. A node that does not answer is told. */
export async function jobsThere(cluster: ClusterName, job: Job): Promise<JobThere[]> {
  const known = rememberedJobs(cluster.id).map(({ node }) => node);
  const nodes = [...new Set([workplace(job), ...known])].filter((name) => job.nodes.some((node) => node.name === name));
  const signal = new AbortController().signal;
  const lists = await Promise.all(
    nodes.map(async (node) => {
      const there = new JobsAtNode(job, node, signal);
      try {
        return (await there.list()).map((line) => ({ ...line, node }));
      } catch (error) {
        if (!(error instanceof Trouble)) throw error;
        tell(error.message);
        return [];
      } finally {
        there.close();
      }
    }),
  );
  return lists.flat().sort((one, other) => (one.submitted < other.submitted ? -1 : 1));
}

/** A job by its id, or the latest of a name: submitted from here, or from elsewhere. */
export async function jobMeant(cluster: ClusterName, job: Job, wanted: string): Promise<Remembered> {
  const isMeant = ({ id, name }: { id: string; name: string }): boolean => id === wanted || name === wanted;
  const own = rememberedJobs(cluster.id).findLast(isMeant);
  if (own !== undefined) return own;
  const there = await jobsThere(cluster, job);
  const found = there.findLast(isMeant);
  if (found !== undefined) return { id: found.id, name: found.name, node: found.node, out: resolve(found.id) };
  const ids = there.map(({ id }) => id);
  throw misuse(`no job ${wanted}; ${ids.length === 0 ? "there is none" : suggestion(wanted, ids)}`);
}
