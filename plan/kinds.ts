/** The kinds of clusters, each with the services it has unless its config turns them off. */
export const KINDS = {
  hadoop: ["hdfs", "yarn", "mapreduce"],
  spark: ["spark"],
  pool: [],
} as const satisfies Record<string, readonly string[]>;

export type ClusterKind = keyof typeof KINDS;

/** Kinds that are machines first of all: their pools need no role tags, and one of their nodes serves names and time. */
export const isPlain = (kind: ClusterKind): boolean => KINDS[kind].length === 0;

export const kindNames = Object.keys(KINDS) as ClusterKind[];
