/** The kinds of clusters, each with the services it has unless its config turns them off. */
export const KINDS = {
  hadoop: ["hdfs", "yarn", "mapreduce"],
  spark: ["spark"],
} as const satisfies Record<string, readonly string[]>;

export type ClusterKind = keyof typeof KINDS;

export const kindNames = Object.keys(KINDS) as ClusterKind[];
