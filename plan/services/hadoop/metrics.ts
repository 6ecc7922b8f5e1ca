import type { DaemonDefinition } from "../../service.ts";

/** Where each of Hadoop's daemons tells its figures: on its web pages' port. */
export const hadoopMetrics = { port: "web", path: "/prom" } satisfies DaemonDefinition["metrics"];
