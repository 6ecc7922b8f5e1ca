import { SparkCluster, localCloud, recallMemories } from "muster";

const memories = await recallMemories();
const lab = new SparkCluster("lab", { cloud: await localCloud(), memory: memories["lab"] });
export const { endpoints, nodes } = lab;
export const memory = { lab: lab.memory };
