import type { OwnFile } from "../contract/own-content.ts";
import type { OwnStep } from "../contract/node-view.ts";
import type { FirewallRule } from "./cluster-plan.ts";
import type { ClusterKind } from "./kinds.ts";
import type { ServiceName } from "./services/index.ts";

/** A cluster as wanted, after short forms are expanded and defaults filled in. Plain data, no Pulumi. */
export interface ClusterSpec {
  /** 1–20 characters: a–z, 0–9, inner dashes. */
  name: string;
  kind: ClusterKind;
  /** CIDR; without it one is chosen by hash from the documented private range. */
  subnet?: string;
  pools: PoolSpec[];
  /** Validated options by service; the order is the services' own. */
  services: Partial<Record<ServiceName, Record<string, unknown>>>;
  versions: { hadoop: string; java: number };
  /** What new machines are made of: `baked`, or an image's name; without it what the cloud has. */
  image?: string;
  /** Where Hadoop comes from: the Maven layout of the lock file, or an official tarball. */
  hadoopFrom: "maven" | "tarball";
  loginUser: string;
  users: UserSpec[];
  /** CIDRs that reach SSH on the bastion. */
  adminNetworks: string[];
  /** What the user opens beside what the cluster needs. */
  open: FirewallRule[];
  resolvers: string[];
  /** Nodes that may restart one daemon at once after the first time: count. */
  maxUnavailable: number;
  /** What becomes of what an `up` made that failed. */
  onFailure: "keep" | "rollback";
  /** Seconds. `machine`: without it, one that grows with the number of nodes; `total`: without it, one that follows. */
  deadlines: { machine?: number | undefined; converge: number; total?: number | undefined };
  verification: VerificationSpec;
  /** The user's own steps, in order. */
  steps: StepSpec[];
}

/** One of the user's own steps: where it is run, and its files. */
export interface StepSpec extends OwnStep {
  /** Role tag, pool, node name or `all`. */
  on: string;
  /** What `content` is the hash of; none: no files. */
  files: OwnFile[];
}

export interface PoolSpec {
  /** 1–20 characters: a–z, 0–9, inner dashes. */
  name: string;
  roles: RoleTag[];
  /** The highest ordinal: nodes are numbered from 1 to `count`. */
  count: number;
  /** Ordinals (1-based) that are left out: their nodes leave, nobody is renumbered. */
  without: number[];
  /** Fewest ready nodes with which the pool is usable; at most `count` less `without`. */
  minReady: number;
  size: HostSize;
  /** Every node has a data volume, whatever it carries. */
  volume?: true;
}

export type RoleTag = "master" | "worker" | "client" | "storage" | "monitor";

export interface HostSize {
  /** MiB. */
  memory: number;
  cpus: number;
  /** Data volume, GiB. */
  disk: number;
}

export interface UserSpec {
  name: string;
  /** Without it one is derived from the name, so that it never depends on the other users. */
  uid?: number;
  sshKeys: string[];
  sudo: boolean;
}

export interface VerificationSpec {
  /** Run MapReduce Pi and the like; the structural checks always run. */
  jobs: boolean;
  deadlineSeconds: number;
  expectations: Expectation[];
}

/** The user's own check. */
export interface Expectation {
  name: string;
  /** Shell command. */
  command: string;
  /** Role tag, pool, node name or `all`. */
  on: string;
  user: string;
  /** Text that must occur in the output. */
  text?: string;
  /** Regular expression that a line of the output must match. */
  matches?: string;
  exitCode: number;
  timeoutSeconds: number;
  required: boolean;
}
