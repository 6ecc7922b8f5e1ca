import { HadoopCluster, localCloud, recallMemories } from "muster";

const memories = await recallMemories();

/** Two masters: HDFS's own daemon is on one of them, YARN's on the other. People work on the client. */
const lab = new HadoopCluster("lab", {
  cloud: await localCloud(),
  memory: memories["lab"],
  pools: {
    master: 2,
    client: 1,
    worker: 2,
  },
  services: { hdfs: { replication: 2 } },
  users: ["ada"],
});

export const { endpoints, nodes } = lab;
export const memory = { lab: lab.memory };
