import type { Check, ClusterRef, Deadlines, JobArtifact, JobPool, LeaveStep, Tunnel } from "../contract/job.ts";
import type { NodeMemory } from "../contract/node-view.ts";
import type { NeededCredentials } from "./credentials.ts";
import type { ClusterSpec, HostSize, RoleTag } from "./spec.ts";

/** The whole cluster, known before anything is made. */
export interface ClusterPlan {
  ref: ClusterRef;
  spec: ClusterSpec;
  /** `<cluster>.internal`. */
  domain: string;
  network: NetworkPlan;
  nodes: NodePlan[];
  pools: JobPool[];
  firewall: FirewallRule[];
  artifacts: JobArtifact[];
  leave: LeaveStep[];
  checks: Check[];
  endpoints: Record<string, string>;
  tunnel?: Tunnel;
  /** What the user has to give as secrets. */
  credentials: NeededCredentials[];
  deadlines: Deadlines;
}

export interface NetworkPlan {
  /** CIDR. */
  subnet: string;
  gateway: string;
}

export interface NodePlan {
  /** `<cluster>-<pool>-<ordinal>`. */
  name: string;
  fqdn: string;
  pool: string;
  ordinal: number;
  roles: RoleTag[];
  /** Fixed IPv4 address; depends on pool and ordinal only, so growth of any pool moves nobody. */
  address: string;
  size: HostSize;
  daemons: string[];
  memory: NodeMemory;
  /** Has daemons with a store: gets a data volume of `size.disk`, mounted at `/data`. */
  stateful: boolean;
  /** Ansible roles to apply, in order. */
  apply: string[];
}

/** One rule, the same for every cloud: security group, host firewall. Everything else is closed. */
export interface FirewallRule {
  name: string;
  /** Role tags it opens; `all` = every node. */
  to: RoleTag[] | "all";
  protocol: "tcp" | "udp";
  ports: [number, number];
  /** `cluster` = the subnet; `operator` = admin networks, and on the local cloud the bridge's gateway; else a CIDR. */
  source: "cluster" | "operator" | (string & {});
}
