import { dirname } from "node:path";
import { stateFolder } from "../../contract/folders.ts";
import type { Job } from "../../contract/job.ts";
import { gatewayOf } from "../../plan/addressing.ts";
import { machineName } from "../../components/clouds/local/host-key.ts";
import type { ClusterPlan } from "../../plan/cluster-plan.ts";
import type { ClusterConfigInput } from "../../plan/config/cluster-schema.ts";
import { specFromArgs } from "../../plan/config/read.ts";
import { jobOf } from "../../plan/job.ts";
import { planCluster } from "../../plan/plan-cluster.ts";
import { newIdentity } from "../../runner/identity.ts";
import { ensureArtifact } from "../../runner/artifacts/index.ts";
import { Inside } from "../../test/hosts/inside.ts";
import { TestHosts } from "../../test/hosts/test-hosts.ts";
import { whenStopped } from "./stopping.ts";

export type Pools = NonNullable<ClusterConfigInput["pools"]>;

const CLUSTER = "b";

/** The hosts of a planned cluster, booted and otherwise untouched, as often as they are asked for. */
export class FreshHosts {
  readonly identity = newIdentity();
  readonly #hosts: TestHosts;
  readonly #pools: Pools;
  #plan: ClusterPlan | undefined;
  #generation = 0;

  constructor(name: string, pools: Pools) {
    const { userCa, uid } = this.identity;
    // Artifacts come from this machine's store.
    this.#hosts = new TestHosts(name, { userCa: userCa.public, uid, state: dirname(stateFolder()) });
    this.#pools = pools;
    whenStopped(this.close);
  }

  /** The state home of a runner that works on these hosts. */
  get state(): string {
    return this.#hosts.folder;
  }

  async open(): Promise<void> {
    await this.#hosts.open();
    const args = { pools: this.#pools, subnet: this.#hosts.subnet };
    const plan = planCluster(specFromArgs(CLUSTER, args), { project: "bench", stack: "dev", cloud: "local" });
    for (const { id } of plan.artifacts) await ensureArtifact(id);
    this.#plan = { ...plan, ref: { ...plan.ref, id: this.#hosts.clusterId } };
  }

  /** Makes every host again and waits until all have booted. */
  async renew(): Promise<void> {
    this.#generation += 1;
    for (const node of this.plan.nodes) {
      const wish = { ...node, ...node.size, stateful: node.stateful };
      await this.#hosts.make(wish, this.#generation);
    }
    await Promise.all(this.nodes.map((node) => this.inside(node).booted()));
  }

  get plan(): ClusterPlan {
    if (this.#plan === undefined) throw new Error("the hosts are not open");
    return this.#plan;
  }

  get nodes(): string[] {
    return this.plan.nodes.map(({ name }) => name);
  }

  /** The inside of a host as it is now. */
  inside = (node: string): Inside => new Inside(this.#hosts.host(node));

  /** What one run has to bring about on them, with a bundle of this name. */
  job(bundle: string): Job {
    const sshTargets = Object.fromEntries(
      this.plan.nodes.map(({ name, address }) => {
        const machine = machineName(this.#hosts.host(name), this.#generation);
        const hostKey = { kind: "outOfBand" as const, argv: ["muster-local", "host-keys"], machine };
        return [name, { address, port: 22, user: this.plan.spec.loginUser, sameMachine: true as const, hostKey }];
      }),
    );
    const generations = Object.fromEntries(this.nodes.map((name) => [name, this.#generation]));
    const operatorSources = [`${gatewayOf(this.#hosts.subnet)}/32`];
    return jobOf(this.plan, { formatted: [], operatorSources, generations, bundle, sshTargets });
  }

  close = (): Promise<void> => this.#hosts.close();
}
