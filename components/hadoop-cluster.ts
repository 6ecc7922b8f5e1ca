import type * as pulumi from "@pulumi/pulumi";
import type { ClusterConfigInput } from "../plan/config/cluster-schema.ts";
import { specFromArgs } from "../plan/config/read.ts";
import { drawUp } from "./blueprint.ts";
import type { Blueprint, Surroundings } from "./blueprint.ts";
import { Cluster } from "./cluster.ts";

/**
 * A Hadoop cluster's description, the same fields as in a stack's config, and where it stands. All plain values; users'
 * SSH keys as text, since a component reads no files of its user.
 */
export interface HadoopClusterArgs extends Omit<ClusterConfigInput, "name" | "kind">, Surroundings {}

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
    super("muster:index:HadoopCluster", "plan" in args ? args : blueprintOf(name, args), opts);
  }
}

function blueprintOf(name: string, args: HadoopClusterArgs): Blueprint {
  const { cloud, memory, recheck, remake, bundle, path, ...description } = args;
  const spec = specFromArgs(name, { ...description, kind: "hadoop" });
  return drawUp(spec, { cloud, memory, recheck, remake, bundle, path });
}
