/** Where whoever watches the cluster is: one node, of masters the second, where the first has Hadoop's. */
export const MONITOR = { on: ["monitor", "master"], instances: "one", prefer: 1 } as const;
