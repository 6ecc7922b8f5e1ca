import { artifactId } from "../../../artifacts/locks.ts";
import type { NodePlan } from "../../cluster-plan.ts";
import type { Mistake } from "../../mistake.ts";
import type { ServiceContext, ServiceDefinition } from "../../service.ts";
import { containerSizes } from "../hadoop/containers.ts";
import { daemonProcess, heapShare } from "../hadoop/jvm.ts";
import { refuseManaged } from "../hadoop/properties.ts";
import { storesIn } from "../objectstores/options.ts";
import { sparkStoreProperties } from "../objectstores/properties.ts";
import { sparkChecks } from "./checks.ts";
import { modeOf, sparkOptions, type SparkOptions } from "./options.ts";
import {
  applicationRanges,
  eventFolder,
  managedProperties,
  masterUrl,
  PORTS,
  pythonOf,
  sizeProperties,
} from "./properties.ts";
import { executorsOn, leastJobMemory, sparkSizes, type SparkSizes, type Workforce } from "./sizes.ts";
import { pythonsOf, sparkVersionMistakes } from "./versions.ts";

const standalone = { when: (services: Parameters<typeof modeOf>[0]) => modeOf(services) === "standalone" };

/** Spark: on YARN, or with a master and workers of its own; a server that remembers finished applications. */
export const spark: ServiceDefinition<SparkOptions> = {
  name: "spark",
  description: "Spark, on YARN or with its own master and workers",
  options: sparkOptions,
  // Beyond the heap: resident memory measured after a job with the small profile, less the heap's limit, rounded up.
  daemons: {
    sparkmaster: {
      ...standalone,
      on: "master",
      instances: "one",
      prefer: 1,
      ports: { rpc: PORTS.master, web: PORTS.masterWeb },
      metrics: { port: "web", path: "/metrics/master/prometheus/" },
      heap: (size) => heapShare(size.memory, 1 / 16, 96, 1024),
      nonHeap: 80,
    },
    sparkworker: {
      ...standalone,
      on: "worker",
      instances: "all",
      ports: { rpc: PORTS.worker, web: PORTS.workerWeb },
      metrics: { port: "web", path: "/metrics/prometheus/" },
      heap: (size) => heapShare(size.memory, 1 / 32, 96, 1024),
      nonHeap: 80,
    },
    sparkhistory: {
      on: "master",
      instances: "one",
      prefer: 2,
      ports: { web: PORTS.history },
      heap: (size) => heapShare(size.memory, 1 / 16, 96, 4096),
      nonHeap: 90,
    },
  },
  requires: [],
  roles: ["java", "spark"],
  toolsOn: "all",
  managesMembers: [],
  hdfsDirectories: () => [{ path: eventFolder.hdfs, owner: "spark", group: "spark", mode: "1777", scratch: true }],
  // Drivers run where people are, and everywhere in cluster mode; executors call them, and each other.
  extraRules: () =>
    applicationRanges.map(([purpose, ports]) => ({
      name: `spark application ${purpose}`,
      to: "all",
      protocol: "tcp",
      ports,
      source: "cluster",
    })),
  artifacts: ({ options }) => [{ name: "spark", id: artifactId("spark", options.version, "pypi") }],
  refuse,
  refuseVersions: sparkVersionMistakes,
  secrets: ["spark.authenticate"],
  settings,
  endpoints: (context) => ({
    ...(modeOf(context.spec.services) === "standalone"
      ? {
          spark: masterUrl(context),
          "spark-web": `http://${context.theNodeWith("sparkmaster").fqdn}:${PORTS.masterWeb}`,
        }
      : {}),
    "spark-history": `http://${context.theNodeWith("sparkhistory").fqdn}:${PORTS.history}`,
  }),
  checks: sparkChecks,
};

/** Nodes that run executors. */
const workersOf = (context: ServiceContext<SparkOptions>): readonly NodePlan[] =>
  context.nodesWith(modeOf(context.spec.services) === "yarn" ? "nodemanager" : "sparkworker");

function workforceOf(context: ServiceContext<SparkOptions>): Workforce {
  const workers = workersOf(context);
  const mode = modeOf(context.spec.services);
  const { minAllocation } = (context.optionsOf("yarn") ?? {}) as { minAllocation?: number };
  const step = mode === "standalone" ? 1 : containerSizes(workers, minAllocation).minimum;
  return { workers, mode, step, packages: context.optionsOf("python") !== undefined };
}

const sizesOf = (context: ServiceContext<SparkOptions>): SparkSizes =>
  sparkSizes(workforceOf(context), context.options);

function refuse(context: ServiceContext<SparkOptions>): Mistake[] {
  const { options, spec } = context;
  const mode = modeOf(spec.services);
  const hasYarn = context.optionsOf("yarn") !== undefined;
  if (hasYarn !== (mode === "yarn"))
    return [
      {
        path: "services.spark.mode",
        found: JSON.stringify(mode),
        allowed: hasYarn
          ? "with YARN in the cluster: yarn, because both would give the same memory to jobs; or turn yarn off"
          : "without YARN in the cluster: standalone; or turn yarn on",
      },
    ];
  const least = leastJobMemory(workforceOf(context), options);
  const workers = workersOf(context);
  const small = [...new Set(workers.map((node) => node.pool))].flatMap((pool) => {
    const node = workers.find((each) => each.pool === pool);
    return node === undefined || node.memory.available >= least ? [] : [tooSmall(node, least)];
  });
  if (small.length > 0) return small;
  return [
    ...tooLarge(context, sizesOf(context)),
    ...otherPython(context),
    ...refuseManaged(
      "services.spark.properties",
      options.properties,
      { ...managedProperties(context), "spark.authenticate.secret": "" },
      "see the options of services.spark",
    ),
  ];
}

function tooSmall(node: NodePlan, need: number): Mistake {
  const { host, available } = node.memory;
  return {
    path: `pools.${node.pool}.memory`,
    found: `${host} MiB`,
    allowed: `at least ${host + need - available} MiB: its daemons and the system leave ${available} MiB for jobs, Spark's need ${need}`,
  };
}

/** Jobs use the Python of the cluster's packages, where it has them. */
function otherPython({ options, optionsOf }: ServiceContext<SparkOptions>): Mistake[] {
  const { version } = (optionsOf("python") ?? {}) as { version?: string };
  if (version === undefined || options.python === undefined || options.python === version) return [];
  const allowed = `${version}, the Python of services.python, which jobs use: leave it out`;
  return [{ path: "services.spark.python", found: JSON.stringify(options.python), allowed }];
}

/** Chosen sizes that fit on no worker: applications would wait for ever. */
function tooLarge(context: ServiceContext<SparkOptions>, { executor }: SparkSizes): Mistake[] {
  const workers = workersOf(context);
  const memory = Math.max(...workers.map((node) => node.memory.available)) - executor.beyond;
  const cores = Math.max(...workers.map((node) => node.size.cpus));
  const { executorMemory, executorCores } = context.options;
  const mistakes: Mistake[] = [];
  if (executorMemory !== undefined && executorMemory > memory)
    mistakes.push({
      path: "services.spark.executorMemory",
      found: String(executorMemory),
      allowed: `at most ${memory}: what the largest worker has left for an executor's heap (MiB)`,
    });
  if (executorCores !== undefined && executorCores > cores)
    mistakes.push({
      path: "services.spark.executorCores",
      found: String(executorCores),
      allowed: `at most ${cores}: what the largest worker has`,
    });
  return mistakes;
}

function settings(context: ServiceContext<SparkOptions>, node: NodePlan): Record<string, unknown> {
  const { options, spec } = context;
  const sizes = sizesOf(context);
  const history = context.theNodeWith("sparkhistory");
  const master = context.nodesWith("sparkmaster")[0];
  const own = Object.keys(spark.daemons).filter((daemon) => node.daemons.includes(daemon));
  const [first, last] = pythonsOf(options.version);
  const namenode = context.nodesWith("namenode")[0];
  return {
    mode: modeOf(spec.services),
    defaults: {
      ...sizeProperties(context, workersOf(context), sizes),
      ...options.properties,
      ...sparkStoreProperties(storesIn(context.optionsOf), options.properties),
      ...managedProperties(context),
    },
    processes: Object.fromEntries(own.map((daemon) => [daemon, daemonProcess(node, daemon)])),
    ...(master
      ? { master: { fqdn: master.fqdn, address: master.address, rpc: PORTS.master, web: PORTS.masterWeb } }
      : {}),
    ...(node.daemons.includes("sparkworker")
      ? { worker: { cores: node.size.cpus, memory: executorsOn(node, sizes) * sizes.executor.heap } }
      : {}),
    history: { fqdn: history.fqdn, address: history.address, web: PORTS.history },
    events: namenode ? eventFolder.hdfs : eventFolder.local,
    ...(namenode ? { namenode: { address: namenode.address, web: 9870 } } : {}),
    python: { path: pythonOf(context), first, last },
    // Without YARN, who submits needs the cluster's secret.
    submitters: [spec.loginUser, ...spec.users.map((user) => user.name)].sort(),
  };
}
