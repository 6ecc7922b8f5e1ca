/** What does a baked image save? The same cluster of the hosts' own image and of a baked one, in turns, on this machine. */
import { appendFileSync } from "node:fs";
import type { ClusterConfigInput } from "../plan/config/cluster-schema.ts";
import { expectCode } from "../test/e2e/checkout.ts";
import { BenchCluster, type Timed } from "./measure/dev-cluster.ts";
import { type BakedPair, type BakedRun, bakedTable } from "./measure/baked-table.ts";
import { machineLine } from "./measure/machine.ts";
import { nodeStages } from "./measure/node-stages.ts";
import { repeated, runsWanted } from "./measure/runs.ts";

/** One node a processor of a small machine. */
const clusters: Record<string, Omit<ClusterConfigInput, "name">> = {
  "without services": { services: [] },
  Hadoop: { services: { hdfs: { replication: 1 } } },
};
const pools = { master: 1, worker: 1 };

async function measure(cluster: BenchCluster): Promise<BakedRun> {
  const up = await cluster.succeed(["up"]);
  const nodes = nodeStages(cluster.events());
  await cluster.down();
  return { up, nodes };
}

async function compare(change: Omit<ClusterConfigInput, "name">): Promise<{ pairs: BakedPair[]; bake: Timed }> {
  const cluster = new BenchCluster({ ...change, pools });
  try {
    await cluster.warm();
    // An image that nobody else has, so that it is made now, with this bundle in it.
    appendFileSync(cluster.checkout.path("images/baked/install"), `# ${cluster.name}\n`);
    const image = (...words: string[]): Promise<Timed> => timed(cluster, ["image", ...words]);
    cluster.change({ ...change, pools, image: "baked" });
    const bake = await image("build");
    const [name = ""] = bake.stdout.split(/\s/);
    try {
      const pairs = await repeated(runsWanted(1), async () => {
        cluster.change({ ...change, pools });
        const plain = await measure(cluster);
        cluster.change({ ...change, pools, image: "baked" });
        return { plain, baked: await measure(cluster) };
      });
      return { pairs, bake };
    } finally {
      await cluster.muster(["down", "--delete-data"]);
      await image("rm", name);
    }
  } finally {
    await cluster.remove();
  }
}

async function timed(cluster: BenchCluster, args: readonly string[]): Promise<Timed> {
  const run = await cluster.muster(args);
  expectCode(run, 0);
  return run;
}

process.stdout.write(`${machineLine()}\n`);
for (const [name, change] of Object.entries(clusters)) {
  const { pairs, bake } = await compare(change);
  process.stdout.write(`\n${name}, 1 master + 1 worker:\n\n${bakedTable("hosts' image", pairs, bake.seconds)}`);
}
