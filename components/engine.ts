import type { Mistake } from "../plan/mistake.ts";

/**
 * How many resources the engine works on at once (`--parallel`); undefined when it did not say or has no limit.
 * The engine tells the language host, which tells the program by this variable.
 */
export function engineParallelism(environment: NodeJS.ProcessEnv = process.env): number | undefined {
  const told = Number.parseInt(environment["PULUMI_NODEJS_PARALLEL"] ?? "", 10);
  return Number.isNaN(told) || told <= 0 ? undefined : told;
}

/**
 * Refuses an engine that would starve the machines: each cluster's `Ready` takes a slot for the whole run and waits in it
 * for machines, which need a slot themselves.
 */
export function narrowEngine(clusters: number, parallelism: number | undefined = engineParallelism()): Mistake[] {
  if (parallelism === undefined || parallelism > clusters + 1) return [];
  return [
    {
      path: "--parallel",
      found: String(parallelism),
      allowed: `allowed: ${clusters + 2} or more for ${clusters === 1 ? "a cluster" : `${clusters} clusters`} (also PULUMI_PARALLEL)`,
    },
  ];
}
