import pLimit from "p-limit";
import type { Job, JobNode } from "../contract/job.ts";
import { machineFailure } from "../contract/machine-failures.ts";
import type { NodeResult } from "../contract/summary.ts";
import { NodeLink, type LinkContext, type Trust } from "./node/link.ts";
import type { RunLog } from "./record/run-log.ts";
import type { SshFiles } from "./ssh/config.ts";

/** Nodes that are worked on at once; the work itself is the nodes' own. */
const nodesAtOnce = Number(process.env.MUSTER_CONCURRENCY) || 128;
/** Handshakes at once. Through a bastion fewer: its sshd refuses more than 10 that have not logged in. */
const handshakesAtOnce = { direct: 24, bastion: 8 };
/** Few, because who still waits for a login has nothing else to do; a node is busy for a while once it was let in. */
const enrolmentsAtOnce = 4;

/** One run over a cluster's nodes: what every stage needs. */
export interface Run {
  job: Job;
  log: RunLog;
  signal: AbortSignal;
  links: ReadonlyMap<string, NodeLink>;
  /** At most so many nodes at once. */
  atOnce: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Closes a node's connection where there are too many to keep them all. */
  rest: (link: NodeLink) => void;
  results: Map<string, NodeResult>;
}

export interface RunOptions {
  files: SshFiles;
  log: RunLog;
  signal: AbortSignal;
  trust?: Trust;
}

export interface LinkOptions {
  files: SshFiles;
  signal: AbortSignal;
  trust?: Trust;
  detail: LinkContext["detail"];
}

/** The ways to all nodes, by name; connects to none. */
export function linksTo(job: Job, options: LinkOptions): Map<string, NodeLink> {
  const links = new Map<string, NodeLink>();
  const connecting = pLimit(
    job.nodes.some((node) => node.ssh.bastion) ? handshakesAtOnce.bastion : handshakesAtOnce.direct,
  );
  const behind = pLimit(enrolmentsAtOnce);
  const context: LinkContext = {
    files: options.files,
    ...(options.trust ? { trust: options.trust } : {}),
    signal: options.signal,
    detail: options.detail,
    connecting: (work) => connecting(work),
    behind: (work) =>
      behind(async () => {
        await connecting(() => Promise.resolve());
        return work();
      }),
    notComing: (node) => machineFailure(job.cluster.id, node),
    lostMs: 1000 * job.deadlines.machine,
    bastionReady: async (bastion) => {
      const link = links.get(bastion);
      if (link === undefined) throw new Error(`its bastion ${bastion} is not a node of the job`);
      const until = Date.now() + 1000 * job.deadlines.machine;
      await link.connect(until);
      await link.enrol(until);
    },
  };
  for (const node of job.nodes) links.set(node.name, new NodeLink(node, context));
  return links;
}

/** Prepares the ways to all nodes; connects to none. */
export function newRun(job: Job, options: RunOptions): Run {
  const links = linksTo(job, { ...options, detail: (node, text) => options.log.detail(node, text) });
  const limit = pLimit(nodesAtOnce);
  return {
    job,
    log: options.log,
    signal: options.signal,
    links,
    atOnce: (work) => limit(work),
    rest: (link) => {
      if (job.nodes.length > nodesAtOnce) link.close();
    },
    results: new Map(),
  };
}

export function linkOf(run: Run, node: string): NodeLink {
  const link = run.links.get(node);
  if (link === undefined) throw new Error(`${node} is not a node of the job`);
  return link;
}

/** Nodes that are ready so far, in the job's order. */
export function readyNodes(run: Run): JobNode[] {
  return run.job.nodes.filter((node) => run.results.get(node.name)?.state === "ready");
}
