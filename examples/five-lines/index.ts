import { HadoopCluster, localCloud, recallMemories } from "muster";

const cloud = await localCloud();
const memories = await recallMemories();
const lab = new HadoopCluster("lab", { cloud, memory: memories["lab"], pools: { master: 1, worker: 2 } });
export const { endpoints, nodes } = lab;
export const memory = { lab: lab.memory };
