import type { DaemonDefinition } from "../../service.ts";

/**
 * Where each of Hadoop's daemons tells its figures: on its web pages' port. Hadoop's tags are labels, also one that is
 * a figure itself; and the host is known by its name already.
 */
export const hadoopMetrics = {
  port: "web",
  path: "/prom",
  volatile: ["totalsynctimes", "hostname", "sessionid"],
} satisfies DaemonDefinition["metrics"];
