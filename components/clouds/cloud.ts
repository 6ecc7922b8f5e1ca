import type * as pulumi from "@pulumi/pulumi";
import type { SshTarget } from "../../contract/job.ts";
import type { ClusterIdentity } from "../../contract/identity.ts";
import type { Mistake } from "../../plan/mistake.ts";
import type { ClusterPlan, NodePlan } from "../../plan/cluster-plan.ts";
import type { PackerImageArgs } from "../images/packer-image.ts";

/**
 * A place where clusters can stand. Implementations live in `clouds/<name>/`; nothing outside that folder knows
 * more of a cloud than this. What is asked synchronously works on the snapshot that the cloud's factory took.
 */
export interface Cloud {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** Image that a plan's new machines get, as {@link ObservedMachine.image} would say it; undefined where that is not known. */
  imageOf(plan: ClusterPlan): string | undefined;
  /** The image that a plan wants baked; undefined when it wants none. */
  baked(plan: ClusterPlan): PackerImageArgs | undefined;
  /** Machines that carry the cluster's tags right now. */
  observe(clusterId: string): ObservedMachine[];
  /** What would not fit or clashes: need / have / largest that fits. Reads only. */
  preflight(plan: ClusterPlan, observed: readonly ObservedMachine[]): Mistake[];
  /** What the cloud's options say of pools that no cluster of the stack has. */
  poolMistakes?(pools: readonly string[]): Mistake[];
  /** What a plan takes of what the cloud bounds, fitting or not. */
  capacity?(plan: ClusterPlan, observed: readonly ObservedMachine[]): Capacity;
  /**
   * Where the runner finds a node, and how the first contact is verified.
   * @param generation the machine has to be at least of this one. Default 1.
   */
  sshTarget(plan: ClusterPlan, node: NodePlan, generation?: number): SshTarget;
  /** What source the operator's packets have, for host firewalls, beside the admin networks of the config. CIDRs. */
  operatorSources(plan: ClusterPlan): string[];
  /** Network, router, firewall; tagged with the uid when the identity is given. */
  network(
    plan: ClusterPlan,
    opts: pulumi.ComponentResourceOptions,
    identity?: pulumi.Output<ClusterIdentity>,
  ): CloudNetwork;
  /** One data volume of a stateful node: a resource of its own. */
  volume(plan: ClusterPlan, volume: VolumeRequest, opts: pulumi.CustomResourceOptions): pulumi.Resource;
  /** One machine = one resource; depends on the network and on its volume. */
  machine(plan: ClusterPlan, request: MachineRequest, opts: pulumi.CustomResourceOptions): pulumi.Resource;
}

/** One thing that a cloud gives only so much of. */
export interface CapacityRow {
  name: string;
  /** With a blank before it; empty for plain counts. */
  unit: string;
  need: number;
  /** What is left of it. */
  have: number;
  limit: number;
}

export interface Capacity {
  rows: CapacityRow[];
  /** How many workers would fit, for people. */
  fits: string;
}

/** A plan that needs a capability the cloud lacks is refused by name. */
export interface Capabilities {
  dataVolumes: boolean;
  floatingIps: boolean;
  /** There are never two machines of one name: a creation whose answer was lost is found again by it. */
  namesAreUnique: boolean;
  /**
   * How a machine that was seen stopped is started again: `update` = the rising revival is an input of its resource;
   * `refresh` = only once the engine has looked at it, so the command line lets it look first.
   */
  startsBy: "update" | "refresh";
  /** How often a machine that failed at its creation, or never answered after it, is made again in the same run. */
  retries: number;
}

export interface CloudNetwork {
  /** What machines, and Ready, must wait for. */
  resources: pulumi.Resource[];
  /**
   * Addresses by which nodes are reached from outside, by node name, where the cloud gives them out only while it makes
   * them: the runner takes them instead of those of {@link Cloud.sshTarget}.
   */
  addresses?: pulumi.Output<Record<string, string>>;
}

export interface VolumeRequest {
  /** The node it belongs to. */
  node: string;
  /** GiB. */
  size: number;
  /** Whose volume it is: a volume of an earlier cluster of that name is refused, not adopted. */
  identity?: pulumi.Output<ClusterIdentity>;
}

export interface MachineRequest {
  node: NodePlan;
  identity: pulumi.Output<ClusterIdentity>;
  generation: number;
  /** Rises when the machine was seen stopped, so that its update starts it again. */
  revival: number;
  volume?: pulumi.Resource;
  network: CloudNetwork;
  /** What the plan's baked image turned out to be, where it wants one. */
  image?: pulumi.Output<string>;
}

export interface ObservedMachine {
  name: string;
  /** The cloud's own id. */
  id: string;
  running: boolean;
  /** It exists, but will never be of use, for example because its creation failed: a new one is made in its place. */
  broken?: boolean;
  /** Why it does not run, in the cloud's own words. */
  reason?: string;
  generation: number;
  uid: string;
  kind: string;
  /** Milliseconds since the epoch of the last start, where the cloud tells. */
  startedAt?: number;
  /** Image it was made from. */
  image?: string;
  /** Planned IPv4 address that it was made with. */
  address?: string;
}

/** What a cloud can hold of a cluster, in the order in which it can be removed. */
export const THINGS = [
  "image builder",
  "machine",
  "floating IP",
  "port",
  "volume",
  "router interface",
  "subnet",
  "router",
  "network",
  "security group rule",
  "security group",
  "server group",
  "key pair",
] as const;

/** Something that carries our tags: for `sweep`. */
export interface TaggedThing {
  kind: (typeof THINGS)[number];
  id: string;
  name: string;
  /** Empty for what belongs to no cluster, and that nobody works on. */
  clusterId: string;
  /** Name of its resource, on clouds whose own ids are not in the engine's state. */
  resource?: string;
}

/** Order of removal. */
export const inRemovalOrder = (a: TaggedThing, b: TaggedThing): number =>
  THINGS.indexOf(a.kind) - THINGS.indexOf(b.kind);

/** Finds and removes what state does not know. */
export interface Sweeper {
  /**
   * What this state folder made; with `everybodys` also what others did: other users of the machine or of the cloud's
   * project, or a state folder that is no more.
   */
  list(scope?: { everybodys: boolean }): Promise<TaggedThing[]>;
  /**
   * Parts of things that the engine knows, which it does not know itself: the answer to their creation was lost, and their
   * like cannot be made beside them. Where parts are things of their own to the cloud.
   * @param known ids of all that the engine knows
   */
  parts?(known: ReadonlySet<string>): Promise<TaggedThing[]>;
  /** Gone already is fine. */
  remove(thing: TaggedThing): Promise<void>;
}
