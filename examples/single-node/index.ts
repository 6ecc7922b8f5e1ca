import { HadoopCluster, localCloud, recallMemories } from "muster";

const memories = await recallMemories();

/** One machine that is master and worker in one: to learn with, or to try a program out. */
const lab = new HadoopCluster("lab", {
  cloud: await localCloud(),
  memory: memories["lab"],
  pools: { node: { count: 1, roles: ["master", "worker"], memory: "4 GiB" } },
});

export const { endpoints, nodes } = lab;
export const memory = { lab: lab.memory };
