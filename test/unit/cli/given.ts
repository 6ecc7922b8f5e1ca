import type { Job, JobNode } from "../../../contract/job.ts";
import type { RunSummary } from "../../../contract/summary.ts";

/** A node of a job, with what the command line looks at. */
export function givenNode(name: string, roles: string[], daemons: string[] = []): JobNode {
  const [cluster = "", pool = "", ordinal = "1"] = name.split("-");
  const address = `10.0.0.${name.length}${ordinal}`;
  const self = { name, fqdn: `${name}.${cluster}.internal`, address, pool, roles, daemons };
  const view = { node: { ...self, ordinal: Number(ordinal) } } as unknown as JobNode["view"];
  const ssh = { address, port: 22, user: "muster", hostKey: { kind: "derived" as const } };
  return { name, pool, ordinal: Number(ordinal), roles, generation: 1, ssh, view };
}

/** One master and two workers, one of which may be missing. */
export const givenJob: Job = {
  format: 1,
  cluster: { id: "muster.lab.dev", project: "muster", stack: "lab", name: "dev", kind: "hadoop", cloud: "local" },
  nodes: [
    givenNode("dev-master-1", ["master"], ["namenode"]),
    givenNode("dev-worker-1", ["worker"], ["datanode"]),
    givenNode("dev-worker-2", ["worker"], ["datanode"]),
  ],
  pools: [
    { name: "master", count: 1, minReady: 1 },
    { name: "worker", count: 2, minReady: 1 },
  ],
  bundle: "b",
  artifacts: [],
  leave: [],
  maxUnavailable: 1,
  checks: [],
  endpoints: { hdfs: "hdfs://dev-master-1.dev.internal:8020", "hdfs-web": "http://dev-master-1.dev.internal:9870" },
  deadlines: { machine: 1, converge: 1, leave: 1, verify: 1, total: 1 },
};

export const givenSummary: RunSummary = {
  format: 1,
  job: "j",
  attempt: 1,
  state: "ready",
  wanted: 3,
  done: 3,
  nodes: givenJob.nodes.map(({ name, pool }) => ({ name, pool, state: "ready" })),
  checks: [{ name: "hdfs: live DataNodes", ok: true, detail: "2 of 2", seconds: 1 }],
  stages: { machines: 3.1, converge: 61, verify: 20 },
  endpoints: givenJob.endpoints,
  left: [],
};
