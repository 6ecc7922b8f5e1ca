import { z } from "zod";
import type { NodePlan } from "../cluster-plan.ts";
import type { Mistake } from "../mistake.ts";
import type { ServiceContext, ServiceDefinition } from "../service.ts";
import { containerSizes, leastContainerMemory, leastJobMemory } from "./hadoop/containers.ts";
import { containerLogs } from "./hadoop/directories.ts";
import { daemonProcess, heapShare } from "./hadoop/jvm.ts";
import { hadoopMetrics, nodeManagerMetrics } from "./hadoop/metrics.ts";
import { properties, refuseManaged } from "./hadoop/properties.ts";
import { localPath, schedulerProperties, yarnProperties } from "./yarn-properties.ts";

const yarnOptions = z.strictObject({
  minAllocation: z
    .int()
    .min(16)
    .max(65536)
    .optional()
    .describe("Smallest container in MiB; requests are rounded up to a multiple. Default: by the workers' memory."),
  decommissionSeconds: z
    .int()
    .min(0)
    .max(86400)
    .default(600)
    .describe("How long a leaving node's containers may go on. Default: 600."),
  properties: properties.default({}).describe("More properties for yarn-site.xml; addresses cannot be overridden."),
  schedulerProperties: properties.default({}).describe("More properties for capacity-scheduler.xml, e.g. queues."),
});

export type YarnOptions = z.output<typeof yarnOptions>;

/** Hadoop's scheduler of jobs: one ResourceManager, a NodeManager on every worker. */
export const yarn: ServiceDefinition<YarnOptions> = {
  name: "yarn",
  description: "Hadoop's scheduler of jobs",
  options: yarnOptions,
  daemons: {
    resourcemanager: {
      on: "master",
      instances: "one",
      prefer: 1,
      ports: { scheduler: 8030, tracker: 8031, rpc: 8032, admin: 8033, web: 8088 },
      metrics: hadoopMetrics,
      heap: (size) => heapShare(size.memory, 1 / 8, 128, 4096),
      nonHeap: 88,
    },
    nodemanager: {
      on: "worker",
      instances: "all",
      // The container port is 8041 and not chosen anew at each start, so that a restarted NodeManager finds its containers.
      ports: { localizer: 8040, rpc: 8041, web: 8042, shuffle: 13562 },
      metrics: nodeManagerMetrics,
      heap: (size) => heapShare(size.memory, 1 / 32, 96, 1024),
      nonHeap: 92,
    },
  },
  requires: ["hdfs"],
  roles: ["java", "hadoop", "yarn"],
  toolsOn: "all",
  managesMembers: ["resourcemanager"],
  // Jobs' own processes (ApplicationMasters, shuffles, drivers) listen on ports the kernel picks.
  extraRules: () => [
    { name: "yarn containers", to: ["worker"], protocol: "tcp", ports: [32768, 60999], source: "cluster" },
  ],
  refuse,
  hdfsDirectories: () => [containerLogs],
  settings,
  leave: (context) => [
    {
      service: "yarn",
      on: [context.theNodeWith("resourcemanager").name],
      run: ["yarn"],
      timeoutSeconds: context.options.decommissionSeconds + 120,
    },
  ],
  endpoints: (context) => ({ yarn: `http://${context.theNodeWith("resourcemanager").fqdn}:8088` }),
  checks: (context) => [
    {
      name: "yarn: NodeManagers",
      service: "yarn",
      on: [context.theNodeWith("resourcemanager").name],
      mode: "any",
      run: ["yarn/nodemanagers", ...context.nodesWith("nodemanager").map((node) => node.name)],
      timeoutSeconds: 90,
      required: true,
    },
  ],
};

function refuse(context: ServiceContext<YarnOptions>): Mistake[] {
  const managers = context.nodesWith("nodemanager");
  if (managers.length === 0 || context.nodesWith("resourcemanager").length === 0) return [];
  const mistakes: Mistake[] = [];
  for (const pool of new Set(managers.map((node) => node.pool))) {
    const node = managers.find((each) => each.pool === pool);
    if (!node || node.memory.available >= leastContainerMemory) continue;
    mistakes.push(tooSmall(node, leastContainerMemory, "MapReduce's ApplicationMaster"));
  }
  const total = managers.reduce((sum, node) => sum + node.memory.available, 0);
  const first = managers[0];
  if (mistakes.length === 0 && first && total < leastJobMemory)
    mistakes.push(tooSmall(first, leastJobMemory, "an ApplicationMaster and one task"));
  if (mistakes.length > 0) return mistakes;
  const { minAllocation, properties: chosen, schedulerProperties: scheduler } = context.options;
  const sizes = containerSizes(managers, minAllocation);
  const least = Math.min(...managers.map((node) => node.memory.available));
  if (minAllocation !== undefined && minAllocation > least)
    return [
      {
        path: "services.yarn.minAllocation",
        found: String(minAllocation),
        allowed: `at most ${least}: what the smallest worker has left for jobs (MiB)`,
      },
    ];
  const managed = yarnProperties(context, { ...first, daemons: ["resourcemanager", "nodemanager"] } as NodePlan, sizes);
  return [
    ...refuseManaged("services.yarn.properties", chosen, managed, "see the options of services.yarn"),
    // Queues are the user's own affair; only the smallest and largest container are not.
    ...refuseManaged("services.yarn.schedulerProperties", scheduler, {}, ""),
  ];
}

function tooSmall(node: NodePlan, need: number, what: string): Mistake {
  const { host, available } = node.memory;
  return {
    path: `pools.${node.pool}.memory`,
    found: `${host} MiB`,
    allowed: `at least ${host + need - available} MiB: its daemons and the system leave ${available} MiB for jobs, ${what} need ${need}`,
  };
}

function settings(context: ServiceContext<YarnOptions>, node: NodePlan): Record<string, unknown> {
  const { options } = context;
  const sizes = containerSizes(context.nodesWith("nodemanager"), options.minAllocation);
  const manager = context.theNodeWith("resourcemanager");
  const namenode = context.theNodeWith("namenode");
  const own = Object.keys(yarn.daemons).filter((daemon) => node.daemons.includes(daemon));
  return {
    yarnSite: { ...yarnProperties(context, node, sizes), ...options.properties },
    processes: Object.fromEntries(own.map((daemon) => [daemon, daemonProcess(node, daemon)])),
    resourcemanager: { fqdn: manager.fqdn, address: manager.address, web: 8088 },
    namenode: { address: namenode.address, web: 9870 },
    localPath: localPath(node),
    decommissionSeconds: options.decommissionSeconds,
    ...(node.daemons.includes("resourcemanager")
      ? { schedulerSite: { ...schedulerProperties(), ...options.schedulerProperties } }
      : {}),
  };
}
