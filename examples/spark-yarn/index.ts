import { HadoopCluster, localCloud, recallMemories } from "muster";

const memories = await recallMemories();

/** HDFS, YARN and MapReduce are a Hadoop cluster's own; Spark finds YARN there and runs on it. */
const lab = new HadoopCluster("lab", {
  cloud: await localCloud(),
  memory: memories["lab"],
  pools: {
    master: { count: 1, memory: "2 GiB" },
    worker: { count: 2, memory: "2200 MiB" },
    monitor: { count: 1, memory: "512 MiB" },
  },
  services: {
    spark: true,
    nfs: { exports: [{ path: "/shared" }] },
    prometheus: { retentionDays: 7 },
    ganglia: true,
  },
});

export const { endpoints, nodes } = lab;
export const memory = { lab: lab.memory };
