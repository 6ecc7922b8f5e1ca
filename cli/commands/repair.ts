import { theCluster } from "../environment.ts";
import { lastJob } from "../record.ts";
import { nodeNamed } from "../ssh.ts";
import { up, type UpOptions } from "./up.ts";
import { Trouble } from "../exit.ts";

/** Looks at every node, mends what is not as it should be and verifies; named nodes get a new machine, with their data. */
export async function repair(nodes: string[], options: UpOptions): Promise<number> {
  if (nodes.length === 0) return up({ ...options, check: true });
  const cluster = theCluster(options.stack, options.cluster);
  const job = lastJob(cluster.id);
  if (job === undefined) throw new Trouble(`${cluster.cluster} has no nodes yet: bring it up first`);
  return up({ ...options, remake: nodes.map((node) => nodeNamed(job, node).name) });
}
