import { localCloud, PoolCluster, recallMemories } from "muster";

const memories = await recallMemories();

/** Machines that share folders, and homes where their kernel can mount them. */
const lab = new PoolCluster("lab", {
  cloud: await localCloud(),
  memory: memories["lab"],
  pools: {
    node: { count: 2, memory: "512 MiB" },
    // The server: the first node for storage. Its data volume outlives the machine.
    files: { count: 1, memory: "1 GiB", disk: "20 GiB", roles: ["storage"] },
  },
  users: ["ada"],
  services: {
    nfs: { home: true, exports: [{ path: "/shared", quota: "5 GiB" }] },
  },
});

export const { nodes, endpoints } = lab;
export const memory = { lab: lab.memory };
