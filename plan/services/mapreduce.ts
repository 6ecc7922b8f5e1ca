import { z } from "zod";
import type { Check } from "../../contract/job.ts";
import type { NodePlan } from "../cluster-plan.ts";
import type { Mistake } from "../mistake.ts";
import type { ServiceContext, ServiceDefinition } from "../service.ts";
import { containerSizes, type ContainerSizes } from "./hadoop/containers.ts";
import { historyDirectories, historyPath } from "./hadoop/directories.ts";
import { daemonProcess, heapShare } from "./hadoop/jvm.ts";
import { hadoopMetrics } from "./hadoop/metrics.ts";
import { properties, refuseManaged, type Properties } from "./hadoop/properties.ts";
import { hadoopClasspath } from "./yarn-properties.ts";

const mapreduceOptions = z.strictObject({
  properties: properties
    .default({})
    .describe("More properties for mapred-site.xml, memory of tasks included; addresses cannot be overridden."),
});

export type MapreduceOptions = z.output<typeof mapreduceOptions>;

/** MapReduce jobs on YARN, and the server that remembers finished ones. */
export const mapreduce: ServiceDefinition<MapreduceOptions> = {
  name: "mapreduce",
  description: "MapReduce jobs on YARN, with their history",
  options: mapreduceOptions,
  daemons: {
    historyserver: {
      on: "master",
      instances: "one",
      prefer: 2,
      ports: { rpc: 10020, admin: 10033, web: 19888 },
      metrics: hadoopMetrics,
      heap: (size) => heapShare(size.memory, 1 / 16, 80, 1024),
      nonHeap: 68,
    },
  },
  requires: ["hdfs", "yarn"],
  roles: ["java", "hadoop", "mapreduce"],
  toolsOn: "all",
  managesMembers: [],
  refuse,
  hdfsDirectories: () => historyDirectories,
  settings,
  endpoints: (context) => ({ mapreduce: `http://${context.theNodeWith("historyserver").fqdn}:19888` }),
  checks,
};

/** Addresses and folders: what must agree between the nodes. */
function fixedProperties(context: ServiceContext<MapreduceOptions>): Properties {
  const history = context.theNodeWith("historyserver");
  return {
    "mapreduce.framework.name": "yarn",
    "mapreduce.application.classpath": hadoopClasspath(context),
    "mapreduce.jobhistory.address": `${history.fqdn}:10020`,
    "mapreduce.jobhistory.admin.address": `${history.fqdn}:10033`,
    "mapreduce.jobhistory.webapp.address": `${history.fqdn}:19888`,
    "mapreduce.jobhistory.intermediate-done-dir": `${historyPath}/tmp`,
    "mapreduce.jobhistory.done-dir": `${historyPath}/done`,
    "yarn.app.mapreduce.am.staging-dir": "/user",
  };
}

function sizeProperties(sizes: ContainerSizes): Properties {
  const flags = sizes.small
    ? " -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=24m"
    : " -XX:+UseSerialGC";
  return {
    "yarn.app.mapreduce.am.resource.mb": String(sizes.master.memory),
    "yarn.app.mapreduce.am.command-opts": `-Xmx${sizes.master.heap}m${flags}`,
    "mapreduce.map.memory.mb": String(sizes.map.memory),
    "mapreduce.map.java.opts": `-Xmx${sizes.map.heap}m${flags}`,
    "mapreduce.reduce.memory.mb": String(sizes.reduce.memory),
    "mapreduce.reduce.java.opts": `-Xmx${sizes.reduce.heap}m${flags}`,
    "mapreduce.task.io.sort.mb": String(sizes.sort),
    // By which `muster submit` finds what a job started.
    "mapreduce.job.tags": "${env.MUSTER_JOB:-}",
  };
}

function refuse(context: ServiceContext<MapreduceOptions>): Mistake[] {
  if (context.nodesWith("historyserver").length === 0) return [];
  const instead = "it follows from where the daemons are";
  return refuseManaged("services.mapreduce.properties", context.options.properties, fixedProperties(context), instead);
}

function settings(context: ServiceContext<MapreduceOptions>, node: NodePlan): Record<string, unknown> {
  const { minAllocation } = (context.optionsOf("yarn") ?? {}) as { minAllocation?: number };
  const sizes = containerSizes(context.nodesWith("nodemanager"), minAllocation);
  const history = context.theNodeWith("historyserver");
  const namenode = context.theNodeWith("namenode");
  return {
    mapredSite: { ...sizeProperties(sizes), ...fixedProperties(context), ...context.options.properties },
    processes: node.daemons.includes("historyserver") ? { historyserver: daemonProcess(node, "historyserver") } : {},
    historyserver: { fqdn: history.fqdn, address: history.address, web: 19888 },
    namenode: { address: namenode.address, web: 9870 },
    historyPath,
  };
}

function checks(context: ServiceContext<MapreduceOptions>): Check[] {
  const history: Check = {
    name: "mapreduce: history",
    service: "mapreduce",
    on: [context.theNodeWith("historyserver").name],
    mode: "any",
    run: ["mapreduce/history"],
    timeoutSeconds: 90,
    required: true,
  };
  if (!context.spec.verification.jobs) return [history];
  const clients = context.nodesOf("client");
  const from = clients.length > 0 ? clients : context.nodesOf("master");
  const pi: Check = {
    name: "mapreduce: Pi",
    service: "mapreduce",
    on: from.map((node) => node.name),
    mode: "any",
    run: ["mapreduce/pi", "2", "100"],
    timeoutSeconds: 300,
    after: ["hdfs: write here, read there", "yarn: NodeManagers", "mapreduce: history"],
    required: true,
  };
  return [history, pi];
}
