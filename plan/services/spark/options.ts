import { z } from "zod";
import type { ClusterSpec } from "../../spec.ts";
import { properties } from "../hadoop/properties.ts";
import { newestSpark } from "./versions.ts";

/** Who gives Spark's applications their machines. */
export type SparkMode = "standalone" | "yarn";

export const sparkOptions = z.strictObject({
  version: z.string().default(newestSpark).describe(`Spark's version. Default: ${newestSpark}.`),
  python: z
    .string()
    .regex(/^3\.\d{1,2}$/, "a version of Python such as 3.11")
    .optional()
    .describe("Python that jobs use, which the nodes have, e.g. 3.11. Default: the nodes' own python3."),
  mode: z
    .enum(["standalone", "yarn"])
    .optional()
    .describe(
      "Who runs applications: Spark's own master and workers, or YARN. Default: yarn where the cluster has it.",
    ),
  driverMemory: z
    .int()
    .min(480)
    .max(262144)
    .optional()
    .describe("Heap of drivers in MiB. Default: by the hosts' memory."),
  executorMemory: z
    .int()
    .min(480)
    .max(1048576)
    .optional()
    .describe("Heap of executors in MiB. Default: what the workers have left for jobs."),
  executorCores: z.int().min(1).max(512).optional().describe("Cores of an executor. Default: the worker's, at most 4."),
  dynamicAllocation: z
    .boolean()
    .optional()
    .describe("Whether applications get executors as they need them. Default: on YARN yes, else no."),
  eventLogDays: z
    .int()
    .min(1)
    .max(36500)
    .default(7)
    .describe("How long finished applications are remembered. Default: 7."),
  properties: properties
    .default({})
    .describe("More properties for spark-defaults.conf; addresses and security cannot be overridden."),
});

export type SparkOptions = z.output<typeof sparkOptions>;

/** The mode of a cluster with these services. */
export function modeOf(services: ClusterSpec["services"]): SparkMode {
  const { mode } = (services.spark ?? {}) as Partial<SparkOptions>;
  return mode ?? (services.yarn === undefined ? "standalone" : "yarn");
}
