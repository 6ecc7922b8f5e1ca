import { z } from "zod";
import { artifactId } from "../../artifacts/locks.ts";
import type { Check } from "../../contract/job.ts";
import type { NodePlan } from "../cluster-plan.ts";
import type { Mistake } from "../mistake.ts";
import type { ServiceContext, ServiceDefinition } from "../service.ts";
import { versionMistakes } from "../versions.ts";
import { commonDirectories } from "./hadoop/directories.ts";
import { daemonProcess, heapShare } from "./hadoop/jvm.ts";
import { hadoopMetrics } from "./hadoop/metrics.ts";
import { properties, refuseManaged } from "./hadoop/properties.ts";
import {
  clientProperties,
  coreProperties,
  dataElsewhere,
  hdfsProperties,
  nameNodeDefaults,
} from "./hdfs-properties.ts";

const hdfsOptions = z.strictObject({
  replication: z
    .int()
    .min(1)
    .max(512)
    .optional()
    .describe("Copies of each block. Default: 3, or the number of DataNodes where there are fewer."),
  blockSize: z.int().min(1).max(4096).default(128).describe("Size of a block in MiB. Default: 128."),
  permissions: z
    .boolean()
    .default(true)
    .describe("Whether owners and modes of files are enforced. Default: true; turn off for throw-away data only."),
  properties: properties
    .default({})
    .describe("More properties for hdfs-site.xml. What keeps data safe and addresses right cannot be overridden."),
  coreProperties: properties.default({}).describe("More properties for core-site.xml."),
});

export type HdfsOptions = z.output<typeof hdfsOptions>;

/** The Hadoop distributed file system: one NameNode with its checkpointing SecondaryNameNode, a DataNode on every worker. */
export const hdfs: ServiceDefinition<HdfsOptions> = {
  name: "hdfs",
  description: "The Hadoop distributed file system",
  options: hdfsOptions,
  // Beyond the heap: resident memory measured after a job with the small profile, less the heap's limit, rounded up.
  daemons: {
    namenode: {
      on: "master",
      instances: "one",
      prefer: 0,
      ports: { rpc: 8020, web: 9870 },
      metrics: hadoopMetrics,
      heap: nameNodeHeap,
      nonHeap: 56,
      stateful: true,
    },
    secondarynamenode: {
      on: "master",
      instances: "one",
      prefer: 1,
      ports: { web: 9868 },
      metrics: hadoopMetrics,
      // A checkpoint loads the whole namespace: it needs what the NameNode has.
      heap: nameNodeHeap,
      nonHeap: 56,
      stateful: true,
      rebuildable: true,
    },
    datanode: {
      on: "worker",
      instances: "all",
      ports: { data: 9866, ipc: 9867, web: 9864 },
      metrics: hadoopMetrics,
      // Cloudera's rule, 1 GiB for the first four million replicas, is far more than what fits on small hosts' disks.
      heap: (size) => heapShare(size.memory, 1 / 32, 96, 4096),
      nonHeap: 60,
      stateful: true,
    },
  },
  requires: [],
  roles: ["java", "hadoop", "hdfs"],
  toolsOn: "all",
  managesMembers: ["namenode"],
  artifacts: ({ spec }) => [{ name: "hadoop", id: artifactId("hadoop", spec.versions.hadoop, spec.hadoopFrom) }],
  refuse,
  refuseVersions: versionMistakes,
  hdfsDirectories: commonDirectories,
  settings,
  leave: (context) => [
    { service: "hdfs", on: [context.theNodeWith("namenode").name], run: ["hdfs"], timeoutSeconds: 6 * 3600 },
  ],
  endpoints: (context) => ({
    hdfs: `hdfs://${context.theNodeWith("namenode").fqdn}:8020`,
    "hdfs-web": `http://${context.theNodeWith("namenode").fqdn}:9870`,
  }),
  checks,
};

// Cloudera, "Sizing NameNode Heap Memory": 1 GiB for each million blocks; an eighth of the host leaves room for its neighbours.
function nameNodeHeap(size: { memory: number }): number {
  return heapShare(size.memory, 1 / 8, 128, 65536);
}

function refuse(context: ServiceContext<HdfsOptions>): Mistake[] {
  const { options } = context;
  const dataNodes = context.nodesWith("datanode").length;
  const mistakes: Mistake[] = [];
  if (options.replication !== undefined && dataNodes > 0 && options.replication > dataNodes)
    mistakes.push({
      path: "services.hdfs.replication",
      found: String(options.replication),
      allowed: `1 … ${dataNodes}: a block has at most one copy on each DataNode, and there are ${dataNodes}`,
    });
  const names = context.nodesWith("namenode");
  const node = names[0];
  if (!node || dataNodes === 0) return mistakes;
  // HDFS reads both files into one: neither may set what is decided in the other.
  const managed = {
    ...coreProperties(context),
    ...hdfsProperties(context, everyDaemon(node)),
    ...clientProperties(context),
    ...dataElsewhere,
  };
  const instead = "see the options of services.hdfs";
  return [
    ...mistakes,
    ...refuseManaged("services.hdfs.properties", options.properties, managed, instead),
    ...refuseManaged("services.hdfs.coreProperties", options.coreProperties, managed, instead),
  ];
}

// All the properties there can be on any node.
function everyDaemon(node: NodePlan): NodePlan {
  return { ...node, daemons: ["namenode", "secondarynamenode", "datanode"] };
}

function settings(context: ServiceContext<HdfsOptions>, node: NodePlan): Record<string, unknown> {
  const { options } = context;
  const namenode = context.theNodeWith("namenode");
  const own = Object.keys(hdfs.daemons).filter((daemon) => node.daemons.includes(daemon));
  return {
    coreSite: { ...coreProperties(context), ...options.coreProperties },
    hdfsSite: {
      ...(node.daemons.includes("namenode") ? nameNodeDefaults(context) : {}),
      ...hdfsProperties(context, node),
      ...options.properties,
    },
    // Apart from hdfs-site.xml, because a change of it (the third DataNode) is no reason to restart anything.
    clientSite: clientProperties(context),
    processes: Object.fromEntries(own.map((daemon) => [daemon, daemonProcess(node, daemon)])),
    namenode: { fqdn: namenode.fqdn, address: namenode.address, rpc: 8020, web: 9870 },
    ...(node.daemons.includes("namenode") ? { directories: context.hdfsDirectories() } : {}),
  };
}

function checks(context: ServiceContext<HdfsOptions>): Check[] {
  const dataNodes = context.nodesWith("datanode").map((node) => node.name);
  const on = [context.theNodeWith("namenode").name];
  return [
    {
      name: "hdfs: live DataNodes",
      service: "hdfs",
      on,
      mode: "any",
      run: ["hdfs/live-datanodes", ...dataNodes],
      timeoutSeconds: 90,
      required: true,
    },
    {
      name: "hdfs: write here, read there",
      service: "hdfs",
      on,
      mode: "any",
      run: ["hdfs/write-read"],
      timeoutSeconds: 90,
      after: ["hdfs: live DataNodes"],
      required: true,
    },
  ];
}
