import type { ClusterKind } from "../plan/kinds.ts";
import type { Blueprint } from "./blueprint.ts";
import type { Cluster } from "./cluster.ts";
import { HadoopCluster } from "./hadoop-cluster.ts";
import { PoolCluster } from "./pool-cluster.ts";
import { SparkCluster } from "./spark-cluster.ts";

/** The component of each kind of cluster. */
export const clusterKinds: Record<ClusterKind, new (name: string, blueprint: Blueprint) => Cluster> = {
  hadoop: HadoopCluster,
  spark: SparkCluster,
  pool: PoolCluster,
};
