import * as pulumi from "@pulumi/pulumi";
import { canonicalJson } from "../contract/canonical-json.ts";
import { forgetMachineFailures } from "../contract/machine-failures.ts";
import type { NodePlan } from "../plan/cluster-plan.ts";
import type { Blueprint } from "./blueprint.ts";
import { writeJobFile, writeMemoryFile, writeOwnContents, writeSpec } from "./cluster-files.ts";
import { Identity } from "./commands/identity.ts";
import { Intent } from "./commands/intent.ts";
import { Ready } from "./commands/ready.ts";
import type { ClusterState } from "./commands/ready.ts";
import { PackerImage } from "./images/packer-image.ts";
import type { ClusterMemory } from "./memory.ts";

/** A node as shown to people and to other programs. */
export interface NodeOutput {
  /** `<cluster>-<pool>-<ordinal>`, also its host name. */
  name: string;
  pool: string;
  /** Role tags. */
  roles: string[];
  /** Planned IPv4 address in the cluster's network. */
  address: string;
  daemons: string[];
  /** True when its machine was made from an older image than new nodes get; it is never replaced for that by itself. */
  outdated?: true;
}

/**
 * Identity, network, wish, machines: what every kind of cluster consists of. `Ready` does not depend on the machines;
 * it waits for them on the network, so that one that never comes is a matter of the quorum, not of the graph.
 */
export class Cluster extends pulumi.ComponentResource {
  /** Where each service answers, by service name. */
  readonly endpoints: pulumi.Output<Record<string, string>>;
  /** Every node with its roles and address. */
  readonly nodes: pulumi.Output<NodeOutput[]>;
  /**
   * How the run ended, once it has. Exported from a stack, it holds back all the stack's outputs until then; a run that
   * fails would lose its memory.
   */
  readonly state: pulumi.Output<ClusterState>;
  /** For the next run: export it as `memory = { <cluster>: … }`. */
  readonly memory: pulumi.Output<ClusterMemory>;

  /**
   * @param type The kind's type token.
   * @param blueprint Everything decided and checked: nothing can be wrong with it from here on.
   */
  constructor(type: string, blueprint: Blueprint, opts?: pulumi.ComponentResourceOptions) {
    const { cloud, plan, wish, memory } = blueprint;
    const { id, name } = plan.ref;
    super(type, name, {}, opts);
    writeOwnContents(id, plan.spec.steps);
    writeJobFile(id, wish.sha, canonicalJson(wish.job));
    writeSpec(id, wish.sha, plan.spec);
    const identity = new Identity(name, { parent: this });
    if (!pulumi.runtime.isDryRun()) {
      forgetMachineFailures(id);
      writeMemoryFile(id, memory);
      identity.uid.apply((uid) => writeMemoryFile(id, { ...memory, uid }));
    }
    const network = cloud.network(plan, { parent: this }, identity.value);
    const what = { job: wish.sha, attempt: wish.attempt, credentials: blueprint.credentials };
    const intent = new Intent(name, what, { parent: this });
    const wanted = cloud.baked(plan);
    const baked = wanted === undefined ? undefined : new PackerImage(`${name}-image`, wanted, { parent: this });
    const ready = new Ready(
      name,
      { ...what, clusterId: id, identity, intent, deadlines: plan.deadlines, addresses: network.addresses },
      { parent: this, dependsOn: [identity, intent, ...network.resources, ...(baked === undefined ? [] : [baked])] },
    );
    const volumes = new Map(
      Object.entries(memory.volumes).map(([node, state]) => [node, this.volume(blueprint, identity, node, state)]),
    );
    for (const node of plan.nodes) {
      const volume = volumes.get(node.name);
      cloud.machine(
        plan,
        {
          node,
          identity: identity.value,
          generation: memory.generations[node.name] ?? 1,
          revival: memory.revivals[node.name] ?? 0,
          network,
          ...(baked === undefined ? {} : { image: baked.image }),
          ...(volume === undefined ? {} : { volume }),
        },
        { parent: this, dependsOn: [...network.resources, ...(volume === undefined ? [] : [volume])] },
      );
    }

    const retiring = [...volumes].filter(([node]) => memory.volumes[node] === "retiring").map(([, volume]) => volume);
    this.endpoints = pulumi.output(plan.endpoints);
    this.nodes = pulumi.output(plan.nodes.map((node) => describe(node, blueprint.outdated)));
    this.state = ready.state;
    // A volume may be forgotten only after the engine has taken its protection away, hence the wait for its URN.
    this.memory = pulumi
      .all([identity.uid, ...retiring.map((volume) => volume.urn)])
      .apply(([uid]) => ({ ...memory, uid }));
    this.registerOutputs({
      endpoints: this.endpoints,
      nodes: this.nodes,
      state: this.state,
      memory: this.memory,
    });
  }

  private volume(
    blueprint: Blueprint,
    identity: Identity,
    node: string,
    state: "protected" | "retiring",
  ): pulumi.Resource {
    const { cloud, plan } = blueprint;
    const planned = plan.nodes.find(({ name }) => name === node);
    const pool = plan.spec.pools.find(({ name }) => node.startsWith(`${plan.ref.name}-${name}-`));
    const size = (planned ?? pool)?.size.disk ?? 1;
    // A leaver's volume stays as it is, whatever its pool became, and loses only its protection.
    const opts = state === "protected" ? { protect: true } : { protect: false, ignoreChanges: ["*"] };
    return cloud.volume(plan, { node, size, identity: identity.value }, { parent: this, ...opts });
  }
}

function describe(node: NodePlan, outdated: ReadonlySet<string>): NodeOutput {
  const { name, pool, roles, address, daemons } = node;
  return { name, pool, roles, address, daemons, ...(outdated.has(name) ? { outdated: true } : {}) };
}
