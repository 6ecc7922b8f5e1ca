import type { ObservedMachine } from "../components/clouds/cloud.ts";
import type { Job } from "../contract/job.ts";
import type { NodeResult, RunSummary } from "../contract/summary.ts";
import type { ClusterName } from "./environment.ts";

/** What `status --json` prints, one object a cluster. */
export interface ClusterStatus {
  cluster: string;
  stack: string;
  cloud: string;
  /**
   * `ready`, `degraded` and `failed`: as the last run left it and its machines are now. `absent`: no machine.
   * `changing`: a run is under way. `unfinished`: a run began and never ended. `unknown`: no run is known here.
   */
  state: "ready" | "degraded" | "failed" | "absent" | "changing" | "unfinished" | "unknown";
  nodes: NodeStatus[];
  endpoints: Record<string, string>;
  checks: { name: string; ok: boolean; detail: string; seconds: number }[];
}

export interface NodeStatus {
  name: string;
  pool: string;
  roles: string[];
  address: string;
  state: NodeResult["state"] | "missing" | "stopped";
  /** Where the last run got with a node that is not ready. */
  stage?: NodeResult["stage"];
  reason?: string;
}

/** All that is known of a cluster without touching a node. */
export interface Facts {
  name: ClusterName;
  cloud: string;
  job: Job | undefined;
  summary: RunSummary | undefined;
  machines: readonly ObservedMachine[];
  /** The youngest run came to its end. */
  finished: boolean;
  /** A run of this stack is under way. */
  busy: boolean;
}

/** How a cluster stands: the last run's end, corrected by which machines are there now. */
export function statusOf(facts: Facts): ClusterStatus {
  const { name, cloud, job, summary } = facts;
  const nodes = nodesOf(facts);
  return {
    cluster: name.cluster,
    stack: name.stack,
    cloud,
    state: stateOf(facts, nodes),
    nodes,
    endpoints: job?.endpoints ?? {},
    checks: (summary?.checks ?? []).map(({ name: check, ok, detail, seconds }) => ({
      name: check,
      ok,
      detail,
      seconds,
    })),
  };
}

function nodesOf({ job, summary, machines }: Facts): NodeStatus[] {
  const results = new Map(summary?.nodes.map((node) => [node.name, node]));
  const observed = new Map(machines.map((machine) => [machine.name, machine]));
  return (job?.nodes ?? []).map((node) => {
    const { name, pool, roles } = node;
    return { name, pool, roles, address: node.view.node.address, ...nodeState(results.get(name), observed.get(name)) };
  });
}

function nodeState(
  result: NodeResult | undefined,
  machine: ObservedMachine | undefined,
): Pick<NodeStatus, "state" | "stage" | "reason"> {
  // What the last run could not get ready, it knows best why.
  const { stage, reason } = result?.state === "ready" ? {} : (result ?? {});
  const why = { ...(stage === undefined ? {} : { stage }), ...(reason === undefined ? {} : { reason }) };
  if (machine === undefined) return { state: "missing", reason: "its machine is gone", ...why };
  if (!machine.running) return { state: "stopped", reason: machine.reason ?? "its machine is stopped", ...why };
  if (result === undefined) return { state: "unfinished", reason: "no run has finished with it" };
  return { state: result.state, ...why };
}

function stateOf(
  { job, summary, machines, finished, busy }: Facts,
  nodes: readonly NodeStatus[],
): ClusterStatus["state"] {
  if (busy) return "changing";
  if (machines.length === 0) return "absent";
  if (job === undefined) return "unknown";
  if (summary === undefined || !finished) return "unfinished";
  if (summary.state === "failed") return "failed";
  const ready = (pool: string): number => nodes.filter((node) => node.pool === pool && node.state === "ready").length;
  if (job.pools.some((pool) => ready(pool.name) < Math.min(pool.minReady, pool.count))) return "failed";
  const allReady = nodes.every((node) => node.state === "ready");
  return allReady ? summary.state : "degraded";
}
