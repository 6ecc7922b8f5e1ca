/** What a program of one's own needs: clusters as components, and the clouds they can stand on. */
export { HadoopCluster } from "./hadoop-cluster.ts";
export type { HadoopClusterArgs } from "./hadoop-cluster.ts";
export { PoolCluster } from "./pool-cluster.ts";
export type { PoolClusterArgs } from "./pool-cluster.ts";
export { SparkCluster } from "./spark-cluster.ts";
export type { SparkClusterArgs } from "./spark-cluster.ts";
export { Cluster } from "./cluster.ts";
export type { NodeOutput } from "./cluster.ts";
export { drawUp } from "./blueprint.ts";
export type { Blueprint, Surroundings } from "./blueprint.ts";
export { recallMemories } from "./memory.ts";
export type { ClusterMemory } from "./memory.ts";
export type { ClusterState } from "./commands/ready.ts";
export { localCloud } from "./clouds/local/local-cloud.ts";
export { openstackCloud } from "./clouds/openstack/lazy.ts";
export type { Cloud } from "./clouds/cloud.ts";
export { UserMistakes } from "../plan/mistake.ts";
export type { Mistake } from "../plan/mistake.ts";
