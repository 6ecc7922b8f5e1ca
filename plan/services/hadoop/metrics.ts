import type { DaemonDefinition, Relabelling } from "../../service.ts";

/**
 * Hadoop's tags are labels, also one that is a figure itself: each figure would be another one by the minute. And the host is
 * known by its name already.
 */
const VOLATILE: Relabelling = { action: "labeldrop", regex: "totalsynctimes|hostname|sessionid" };

/** Where each of Hadoop's daemons tells its figures: on its web pages' port. */
export const hadoopMetrics = { port: "web", path: "/prom", relabel: [VOLATILE] } satisfies DaemonDefinition["metrics"];

/** A NodeManager tells a container's figures with its id in their names, `container_e01_<start>_<application>_<try>_<number>`. */
const CONTAINER = "container_resource_container_(?:e\\d+_)?(\\d+_\\d+)_\\d+_\\d+";
const named = (figure: string, name: string): Relabelling => ({
  source_labels: ["__name__"],
  regex: `${CONTAINER}_${figure}`,
  target_label: "__name__",
  replacement: name,
});

/** The same, and of each container its memory and processor under one name, to be asked for by application. */
export const nodeManagerMetrics = {
  ...hadoopMetrics,
  relabel: [
    VOLATILE,
    {
      source_labels: ["__name__"],
      regex: `${CONTAINER}_.*`,
      target_label: "application",
      replacement: "application_$1",
    },
    { source_labels: ["containerresource"], regex: "(.+)", target_label: "container" },
    named("p_mem_usage_m_bs_avg_m_bs", "yarn_container_memory_mebibytes"),
    named("p_cpu_usage_percent_avg_percents", "yarn_container_cpu_percent"),
    // Twenty more of each container, which nobody could ask for by one name.
    { action: "drop", source_labels: ["__name__"], regex: "container_resource_.*" },
    { action: "labeldrop", regex: "containerresource|containerpid" },
  ],
} satisfies DaemonDefinition["metrics"];
