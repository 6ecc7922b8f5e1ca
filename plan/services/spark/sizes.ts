import type { NodePlan } from "../../cluster-plan.ts";
import { heapShare } from "../hadoop/jvm.ts";
import type { SparkMode, SparkOptions } from "./options.ts";

/** Memory of one process, MiB: Java's heap, and what it and its Python take beside it. */
export interface ProcessSize {
  heap: number;
  beyond: number;
}

export interface SparkSizes {
  driver: ProcessSize;
  /** On YARN: what asks for executors on behalf of a driver elsewhere. */
  applicationMaster: ProcessSize;
  executor: ProcessSize & { cores: number };
}

/** Spark itself refuses less than 450 MiB of heap, of which a serial collector does not count one survivor space. */
export const LEAST_HEAP = 480;
/** Resident memory of executors and drivers beyond a full heap, a Python worker included: 120 MiB measured, and room. */
const BEYOND_HEAP = 160;
/** What the scientific packages add to the Python of each task, MiB: 180 measured with all of them imported. */
const PACKAGES = 190;
const APPLICATION_MASTER: ProcessSize = { heap: 256, beyond: 128 };
/** More cores than this in one process only contend for its heap and its connections. */
const MOST_CORES = 4;

/** What the plan knows of those who run executors. */
export interface Workforce {
  /** At least one. */
  workers: readonly NodePlan[];
  mode: SparkMode;
  /** YARN's smallest container, MiB; requests are rounded up to a multiple. Without YARN 1. */
  step: number;
  /** Whether tasks use the scientific packages. */
  packages: boolean;
}

/** Least memory that a worker must have for jobs, MiB. */
export function leastJobMemory(workforce: Workforce, options: SparkOptions): number {
  const { mode, step } = workforce;
  const executor = rounded(LEAST_HEAP + beyondHeap(workforce, coresOf(workforce, options)), step);
  return executor + (mode === "yarn" ? rounded(whole(APPLICATION_MASTER), step) : 0);
}

const cpusOf = ({ workers }: Workforce): number => Math.min(...workers.map((node) => node.size.cpus));

/** Cores of an executor. */
const coresOf = (workforce: Workforce, { executorCores }: SparkOptions): number =>
  executorCores ?? Math.min(cpusOf(workforce), MOST_CORES);

/** A task on each core. */
const beyondHeap = ({ packages }: Workforce, cores: number): number => BEYOND_HEAP + (packages ? PACKAGES * cores : 0);

const whole = ({ heap, beyond }: ProcessSize): number => heap + beyond;

const rounded = (memory: number, step: number): number => Math.ceil(memory / step) * step;

/**
 * Executors that fill the smallest worker, so that one runs on every worker: on YARN beside the process that asks for
 * them. Large workers get several executors.
 */
export function sparkSizes(workforce: Workforce, options: SparkOptions): SparkSizes {
  const { workers, mode, step } = workforce;
  const least = Math.min(...workers.map((node) => node.memory.available));
  const cores = coresOf(workforce, options);
  const count = Math.max(1, Math.floor(cpusOf(workforce) / cores));
  const room = least - (mode === "yarn" ? rounded(whole(APPLICATION_MASTER), step) : 0);
  const needed = beyondHeap(workforce, cores);
  const share = Math.max(Math.floor(room / count / step) * step, rounded(LEAST_HEAP + needed, step));
  const beyond = Math.max(needed, Math.ceil(share / 10));
  const smallest = Math.min(...workers.map((node) => node.memory.host));
  return {
    driver: {
      heap: options.driverMemory ?? heapShare(smallest, 1 / 8, LEAST_HEAP, 4096),
      beyond: beyondHeap(workforce, 1),
    },
    applicationMaster: APPLICATION_MASTER,
    executor: { heap: options.executorMemory ?? share - beyond, beyond, cores },
  };
}

/** How many executors a worker of the standalone mode takes, by its memory. */
export const executorsOn = (node: NodePlan, { executor }: SparkSizes): number =>
  Math.max(1, Math.floor(node.memory.available / whole(executor)));
