import type { NodePlan } from "../../cluster-plan.ts";

/** Sizes of job containers, all in MiB, the same on every node so that a job may run anywhere. */
export interface ContainerSizes {
  /** Smallest container; every request is rounded up to a multiple. */
  minimum: number;
  /** Largest container: what the largest NodeManager has. */
  maximum: number;
  map: TaskSize;
  reduce: TaskSize;
  /** MapReduce's ApplicationMaster. */
  master: TaskSize;
  /** `mapreduce.task.io.sort.mb`. */
  sort: number;
  /** Short Java options for tasks that live in very small containers. */
  small: boolean;
}

export interface TaskSize {
  memory: number;
  heap: number;
}

/**
 * What a task's JVM takes beyond its heap. Measured on Hadoop 3.4.2, Java 17, one core: a task with -Xmx80m stayed below
 * 128 MiB, an ApplicationMaster with -Xmx96m at 175 MiB; the container must not be killed for a short peak.
 */
const BEYOND_HEAP = { task: 112, master: 160 };

/**
 * Containers a core, by the same rule as below. Each takes one of YARN's virtual cores, so a node has as many of those a
 * core: with fewer, a single one-core worker would give its only virtual core to the ApplicationMaster, which then waits
 * for its tasks for ever.
 */
export const CONTAINERS_PER_CPU = 2;

/** The smallest containers in which MapReduce was seen to work: 1 GiB workers. */
const SMALL: Pick<ContainerSizes, "map" | "reduce" | "master" | "sort"> = {
  map: { memory: 192, heap: 80 },
  reduce: { memory: 192, heap: 80 },
  master: { memory: 256, heap: 96 },
  sort: 16,
};

/** Least memory a NodeManager must have for jobs: MapReduce's ApplicationMaster has to fit somewhere. */
export const leastContainerMemory = SMALL.master.memory;
/** Least memory all NodeManagers must have together: an ApplicationMaster and one task. */
export const leastJobMemory = SMALL.master.memory + SMALL.map.memory;

/**
 * Container sizes for these NodeManagers, by the rule of Hortonworks' "Determine HDP Memory Configuration Settings":
 * containers = min(2 × cores, memory / smallest container); a map gets one share, a reduce and the ApplicationMaster two;
 * heap = 0.8 × container. Its third bound, 1.8 × disks, is left out: a data volume here is rarely one spindle.
 * Below 1 GiB for jobs the rule has no answer and measured sizes are used.
 */
export function containerSizes(managers: readonly NodePlan[], smallest?: number): ContainerSizes {
  const available = managers.map((node) => node.memory.available);
  const maximum = Math.max(...available);
  const least = Math.min(...available);
  const host = Math.min(...managers.map((node) => node.memory.host));
  const minimum = smallest ?? defaultMinimum(host, least);
  if (least < 1024) return { minimum, maximum, ...SMALL, small: true };
  const cpus = Math.min(...managers.map((node) => node.size.cpus));
  const count = Math.max(1, Math.min(CONTAINERS_PER_CPU * cpus, Math.floor(least / minimum)));
  const share = Math.max(minimum, Math.floor(least / count / minimum) * minimum);
  const twice = Math.min(2 * share, Math.floor(least / minimum) * minimum);
  const map = task(share, BEYOND_HEAP.task);
  return {
    minimum,
    maximum,
    map,
    reduce: task(twice, BEYOND_HEAP.task),
    master: task(twice, BEYOND_HEAP.master),
    sort: Math.min(1024, Math.max(16, Math.floor(map.heap * 0.4))),
    small: false,
  };
}

// The same table's smallest containers (4 GB: 256, 8 GB: 512, 24 GB: 1024, above: 2048); 64 is what 1 GiB workers ran with.
function defaultMinimum(host: number, least: number): number {
  if (least < 1024) return 64;
  if (host < 4096) return 256;
  if (host < 8192) return 512;
  return host < 24576 ? 1024 : 2048;
}

function task(memory: number, beyondHeap: number): TaskSize {
  return { memory, heap: Math.max(64, Math.min(Math.floor(memory * 0.8), memory - beyondHeap)) };
}
