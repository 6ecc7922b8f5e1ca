import type { NodeView } from "./node-view.ts";

/**
 * Everything one `Ready` run has to bring about: written by the program as `jobs/<sha>.json`, read by the runner.
 * Holds no secret, no time and no path, so that equal wishes have equal hashes on every machine.
 */
export interface Job {
  format: 1;
  cluster: ClusterRef;
  nodes: JobNode[];
  pools: JobPool[];
  /** Content hash of roles + Ansible kit; the runner builds the bundle if the cache lacks it. */
  bundle: string;
  artifacts: JobArtifact[];
  /** Scripts that let members leave, in order; run before anything else. */
  leave: LeaveStep[];
  /** How many nodes of a daemon may restart at once after the first time: a count. */
  maxUnavailable: number;
  checks: Check[];
  /** Where each service answers, by service name: for people. */
  endpoints: Record<string, string>;
  tunnel?: Tunnel;
  deadlines: Deadlines;
}

/** By which the operator's machine gets into the cluster's network: WireGuard, from it to one node. */
export interface Tunnel {
  /** The node at its other end, reached where its SSH is. */
  node: string;
  /** UDP. */
  port: number;
  /** The operator's machine's IPv4 address in it. */
  address: string;
  /** Most bytes in one of its packets. */
  mtu: number;
}

/** A cluster's full name; `id` = `<project>.<stack>.<cluster>` names its folder and its tags. */
export interface ClusterRef {
  id: string;
  project: string;
  stack: string;
  name: string;
  kind: string;
  cloud: string;
}

export interface JobNode {
  name: string;
  pool: string;
  ordinal: number;
  roles: string[];
  /** Wanted generation; the runner waits for a machine of this generation. */
  generation: number;
  ssh: SshTarget;
  view: Omit<NodeView, "cluster" | "trust"> & { cluster: Omit<NodeView["cluster"], "uid"> };
}

export interface SshTarget {
  /** Where a cloud gives addresses out only while it makes things, the planned one: the run is told the other. */
  address: string;
  port: number;
  user: string;
  /** Node name of the bastion to go through. */
  bastion?: string;
  /** What is sent to it never leaves this machine. */
  sameMachine?: true;
  /** Argv of the cloud's own tool that reboots it, where it cannot do so itself. */
  reboot?: string[];
  /**
   * How the first contact is verified: `outOfBand` = ask the cloud's own tool for the machine's host key (argv, to which
   * the machines in question are added, prints a {@link KeyReading} a line); `derived` = bootstrap key from Identity's
   * seed; `knownHosts` = the user's own known_hosts.
   */
  hostKey: { kind: "outOfBand"; argv: string[]; machine: string } | { kind: "derived" } | { kind: "knownHosts" };
}

export interface JobPool {
  name: string;
  count: number;
  /** Fewest ready nodes with which the pool is usable. */
  minReady: number;
}

export interface JobArtifact {
  /** e.g. `hadoop`. */
  name: string;
  /** Folder name in the artifact store, holds version and content hash. */
  id: string;
  /** Its lock, where that is the user's own. */
  lock?: object;
}

export interface LeaveStep {
  service: string;
  /** Nodes to try in order: the first that answers runs it. */
  on: string[];
  /** Argv for the bundle's `bin/leave`; reads `{ "wanted": Member[], "formatted": boolean }` on stdin. */
  run: string[];
  timeoutSeconds: number;
}

export interface Check {
  /** Unique, human: `hdfs: live DataNodes`. */
  name: string;
  service: string;
  /** Nodes by name. */
  on: string[];
  /** `any`: the first ready node of `on`; `each`: every ready node of `on`; `alike`: each, and all must tell the same facts. */
  mode: "any" | "each" | "alike";
  /** Argv for the bundle's `bin/check`; prints one JSON {@link CheckOutput}. */
  run: string[];
  /** Its stdin. For what may hold a secret: arguments are seen by everybody who is logged in on the node. */
  input?: string;
  timeoutSeconds: number;
  /** Checks that must have passed first. Those without run at once, side by side. */
  after?: string[];
  /** A failed check that is not required makes the cluster degraded, not failed. */
  required: boolean;
}

/** What a check prints. `missing` names nodes: with a quorum left in their pools the cluster is degraded, not failed. */
export interface CheckOutput {
  ok: boolean;
  detail: string;
  missing?: string[];
  /** How it was found out, where that differs by machine: told once for all nodes that did it alike. */
  way?: string;
  /** What is true of the node, by what it is about, short or as a digest; compared where the mode is `alike`. */
  facts?: Record<string, string>;
  /** What a fact's digest is of, when the check is asked for it by name. */
  lines?: string[];
}

/** All in seconds. */
export interface Deadlines {
  /** From the run's start until a machine answers SSH. */
  machine: number;
  /** One node's configuration. */
  converge: number;
  leave: number;
  verify: number;
  total: number;
}
