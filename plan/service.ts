import type { z } from "zod";
import type { Check, JobArtifact, LeaveStep, Tunnel } from "../contract/job.ts";
import type { FirewallRule, NodePlan } from "./cluster-plan.ts";
import type { NeededCredentials } from "./credentials.ts";
import type { ReadOwn, StepFault } from "./config/steps.ts";
import type { Mistake } from "./mistake.ts";
import type { HdfsDirectory } from "./services/hadoop/directories.ts";
import type { ClusterSpec, HostSize, RoleTag } from "./spec.ts";

/** Everything that is true about a service, in one place: one file in `plan/services/`, one or more roles in `roles/`. */
export interface ServiceDefinition<Options = Record<string, unknown>> {
  name: string;
  description: string;
  /** Options as the user writes them under `services.<name>`; every field described. */
  options: z.ZodType<Options>;
  /** What options come to by files of the user's that they name, and what is wrong with these; by fields of the service. */
  readFiles?: (options: Options, read: ReadOwn) => { found: Record<string, unknown>; faults: StepFault[] };
  daemons: Record<string, DaemonDefinition<Options>>;
  /** Other services it cannot be without. */
  requires: string[];
  /** Ansible roles, in order, for each node that carries one of its daemons or one of `toolsOn`. */
  roles: string[];
  /** Role tags that get tools and configuration without daemons; `all` = every node. */
  toolsOn: RoleTag[] | "all";
  /** Whether nodes with these daemons must know all members (include lists and the like). */
  managesMembers: string[];
  /** Ports that are not one daemon's own (e.g. ephemeral ports of job containers). */
  extraRules?: (context: ServiceContext<Options>) => FirewallRule[];
  /** Folders that it expects in HDFS, if the cluster has that. */
  hdfsDirectories?: (context: ServiceContext<Options>) => HdfsDirectory[];
  artifacts?: (context: ServiceContext<Options>) => JobArtifact[];
  /** What cannot work, with config paths relative to the cluster, e.g. `services.hdfs.replication`. */
  refuse: (context: ServiceContext<Options>) => Mistake[];
  /** What is wrong with the versions that the cluster wants, judged by them alone; paths as above. */
  refuseVersions?: (versions: WantedVersions, options: Options) => Mistake[];
  /** Names of secrets, 32 random bytes each, that its nodes share; its roles find them in `secrets`. Begin with its own. */
  secrets?: string[];
  /** What its user has to give as a secret; its roles find each in `secrets`, as JSON text, under `credentials.<name>`. */
  credentials?: (context: ServiceContext<Options>) => NeededCredentials[];
  /** What its roles read on a node, as `services.<name>` of the view. */
  settings: (context: ServiceContext<Options>, node: NodePlan) => Record<string, unknown>;
  /** The operator's way into the cluster's network: what comes by it counts as the cluster's own. */
  tunnel?: (context: ServiceContext<Options>) => Tunnel;
  leave?: (context: ServiceContext<Options>) => LeaveStep[];
  endpoints: (context: ServiceContext<Options>) => Record<string, string>;
  checks: (context: ServiceContext<Options>) => Check[];
}

/** A service whose options' type is its own affair: what registries hold. */
export type AnyService = Omit<ServiceDefinition<never>, "options"> & { options: z.ZodType };

/** Services by name, in the order in which they are configured. */
export type ServiceRegistry = Readonly<Record<string, AnyService>>;

/** Versions that are the whole cluster's, and where Hadoop comes from. */
export type WantedVersions = ClusterSpec["versions"] & Pick<ClusterSpec, "hadoopFrom">;

export interface DaemonDefinition<Options = Record<string, unknown>> {
  /** Role tag it is placed on; of several the first that any pool has, else the last; `all` = every node. */
  on: RoleTag | readonly [RoleTag, ...RoleTag[]] | "all";
  /** `all` nodes of that role, or one. */
  instances: "all" | "one";
  /** Whether a cluster with these services, options by name, has it at all. Default: always. */
  when?: (services: ClusterSpec["services"]) => boolean;
  /** For `one` with several candidates: position in the list, modulo its length. Spreads masters' daemons. */
  prefer?: number;
  /** TCP ports by purpose; open to the cluster's subnet. */
  ports: Record<string, number>;
  /** UDP ports likewise. */
  udpPorts?: Record<string, number>;
  /** Java heap in MiB from the host's size; of other programs what they may grow to. */
  heap: (size: HostSize, options: Options) => number;
  /** The process beyond its heap, MiB; measured. */
  nonHeap: number;
  /** As the service's, of its nodes alone. */
  secrets?: string[];
  /** Keeps data under `/data`: its node gets a data volume. */
  stateful?: boolean;
  /** Stateful, but what it keeps is made again by itself elsewhere: its node may be left out although it is the only one. */
  rebuildable?: boolean;
  /**
   * The page where it tells its figures as Prometheus reads them, at one of its ports by purpose. `job`: if not its name;
   * `relabel`: what is done to the figures' names and labels, in order.
   */
  metrics?: { port: string; path: string; job?: string; relabel?: readonly Relabelling[] };
}

/** One of Prometheus's own `metric_relabel_configs`. */
export interface Relabelling {
  action?: "drop" | "labeldrop";
  source_labels?: readonly string[];
  regex: string;
  target_label?: string;
  replacement?: string;
}

/** Where daemons of one kind tell their figures. */
export interface MetricsPage {
  /** What Prometheus calls them. */
  job: string;
  port: number;
  path: string;
  relabel: readonly Relabelling[];
  nodes: readonly NodePlan[];
}

/** A daemon of one cluster: its place is known, its memory is by the cluster's options. */
export interface PlannedDaemon extends Omit<DaemonDefinition<never>, "on" | "heap"> {
  on: RoleTag | "all";
  heap: (size: HostSize) => number;
}

/** What a service may look at while the plan is being made. */
export interface ServiceContext<Options = Record<string, unknown>> {
  spec: ClusterSpec;
  options: Options;
  /** Complete but for `apply` and `firewall`. */
  nodes: readonly NodePlan[];
  /** Nodes that carry a daemon, in order. */
  nodesWith: (daemon: string) => readonly NodePlan[];
  nodesOf: (role: RoleTag) => readonly NodePlan[];
  /** The one node of a daemon with a single instance. */
  theNodeWith: (daemon: string) => NodePlan;
  /** Options of another service, if the cluster has it. */
  optionsOf: (service: string) => Record<string, unknown> | undefined;
  subnet: string;
  /** What all of the cluster's services expect in HDFS, in their order. */
  hdfsDirectories: () => HdfsDirectory[];
  /** Where all of the cluster's daemons tell their figures, in the services' order. */
  metricsPages: () => MetricsPage[];
}
