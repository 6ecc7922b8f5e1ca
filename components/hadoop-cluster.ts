import type * as pulumi from "@pulumi/pulumi";
import type { Blueprint } from "./blueprint.ts";
import { Cluster } from "./cluster.ts";
import { blueprintOf } from "./described-cluster.ts";
import type { DescribedCluster } from "./described-cluster.ts";

/** A Hadoop cluster's description. */
export type HadoopClusterArgs = DescribedCluster;

/**
 * A verified Hadoop cluster: HDFS, YARN and MapReduce on one master and two workers, unless said otherwise.
 *
 * ```ts
 * const cloud = await localCloud();
 * const { dev: memory } = await recallMemories();
 * const cluster = new HadoopCluster("dev", { cloud, memory, pools: { master: 1, worker: 3 } });
 * export const { endpoints } = cluster;
 * export const memory = { dev: cluster.memory };
 * ```
 */
export class HadoopCluster extends Cluster {
  /**
   * @param name The cluster's name, a part of host names: 1 to 20 of a–z, 0–9 and inner dashes.
   * @param args Its description, or a blueprint that was drawn up before.
   * @throws UserMistakes with every mistake at once, before anything is registered
   */
  constructor(name: string, args: HadoopClusterArgs | Blueprint, opts?: pulumi.ComponentResourceOptions) {
    super("muster:index:HadoopCluster", blueprintOf("hadoop", name, args), opts);
  }
}
