import type * as pulumi from "@pulumi/pulumi";
import type { Blueprint } from "./blueprint.ts";
import { Cluster } from "./cluster.ts";
import { blueprintOf } from "./described-cluster.ts";
import type { DescribedCluster } from "./described-cluster.ts";

/** A Spark cluster's description. */
export type SparkClusterArgs = DescribedCluster;

/**
 * A verified Spark cluster: Spark's own master, workers on two hosts and the history server, unless said otherwise.
 *
 * ```ts
 * const cloud = await localCloud();
 * const { lab: memory } = await recallMemories();
 * const cluster = new SparkCluster("lab", { cloud, memory, pools: { master: 1, worker: { count: 2, cpus: 2 } } });
 * export const { endpoints } = cluster;
 * export const memory = { lab: cluster.memory };
 * ```
 */
export class SparkCluster extends Cluster {
  /**
   * @param name The cluster's name, a part of host names: 1 to 20 of a–z, 0–9 and inner dashes.
   * @param args Its description, or a blueprint that was drawn up before.
   * @throws UserMistakes with every mistake at once, before anything is registered
   */
  constructor(name: string, args: SparkClusterArgs | Blueprint, opts?: pulumi.ComponentResourceOptions) {
    super("muster:index:SparkCluster", blueprintOf("spark", name, args), opts);
  }
}
