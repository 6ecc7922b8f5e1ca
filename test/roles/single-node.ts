import { dirname } from "node:path";
import { stateFolder } from "../../contract/folders.ts";
import type { Credentials } from "../../contract/credentials.ts";
import type { Job } from "../../contract/job.ts";
import type { ClusterConfigInput } from "../../plan/config/cluster-schema.ts";
import { specFromArgs } from "../../plan/config/read.ts";
import { jobOf } from "../../plan/job.ts";
import { planCluster } from "../../plan/plan-cluster.ts";
import { nodeInputs, type NodeInputs } from "../../runner/converge/inputs.ts";
import { newIdentity } from "../../runner/identity.ts";
import { gatewayOf } from "../../plan/addressing.ts";
import type { HostWish, Owner } from "../hosts/test-hosts.ts";

type Services = NonNullable<ClusterConfigInput["services"]>;

/** What a view may differ in from one prepare to the next. */
export interface Change {
  /** Services whose store was formatted before. */
  formatted?: string[];
  services?: Services;
  /** What its user gives as secrets. */
  credentials?: Credentials;
}

const where = { project: "test", stack: "dev", cloud: "local" };

/** A cluster of one host, planned as any other. */
export class SingleNode {
  readonly #identity = newIdentity();
  readonly #services: Services | undefined;
  #subnet = "";
  /** Where its operator comes from. */
  adminNetworks: string[] = [];

  /** @param services Default: Hadoop's. */
  constructor(services?: Services) {
    this.#services = services;
  }

  /** Artifacts come from this machine's store. */
  get owner(): Owner {
    return { userCa: this.#identity.userCa.public, uid: this.#identity.uid, state: dirname(stateFolder()) };
  }

  /** The host, in a subnet (CIDR) that stays the cluster's. */
  wishIn(subnet: string): HostWish {
    this.#subnet = subnet;
    const [node] = this.#plan({}).nodes;
    if (node === undefined) throw new Error("the plan has no node");
    return { ...node, ...node.size };
  }

  /** What keys are derived from, hex. */
  get seed(): string {
    return this.#identity.seed;
  }

  artifacts(): string[] {
    return this.job().artifacts.map(({ id }) => id);
  }

  /** What the runner would give to the node. */
  inputs(change: Change = {}): NodeInputs {
    const job = this.job(change);
    const [node] = job.nodes;
    if (node === undefined) throw new Error("the job has no node");
    return nodeInputs(job, node, this.#identity, change.formatted ?? [], change.credentials);
  }

  #plan({ services = this.#services }: Change) {
    const pools = {
      all: { roles: ["master", "worker", "storage"], count: 1, memory: "4 GiB" },
    } satisfies ClusterConfigInput["pools"];
    const args = { subnet: this.#subnet, adminNetworks: this.adminNetworks, pools, ...(services ? { services } : {}) };
    return planCluster(specFromArgs("t", args), where);
  }

  /** What the runner would be told. */
  job(change: Change = {}): Job {
    const plan = this.#plan(change);
    const targets = plan.nodes.map((node) => {
      const ssh = { address: node.address, port: 22, user: plan.spec.loginUser, hostKey: { kind: "derived" as const } };
      return [node.name, ssh] as const;
    });
    return jobOf(plan, {
      formatted: [],
      operatorSources: [`${gatewayOf(this.#subnet)}/32`],
      generations: {},
      bundle: "0".repeat(64),
      sshTargets: Object.fromEntries(targets),
    });
  }
}
