import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { canonicalJson } from "../../../contract/canonical-json.ts";
import type { ClusterIdentity } from "../../../contract/identity.ts";
import type { SshTarget } from "../../../contract/job.ts";
import type { ClusterPlan, NodePlan } from "../../../plan/cluster-plan.ts";
import type { Mistake } from "../../../plan/mistake.ts";
import type { Capabilities, Cloud, CloudNetwork, MachineRequest, ObservedMachine, VolumeRequest } from "../cloud.ts";
import type { PackerImageArgs } from "../../images/packer-image.ts";
import { versionsOf } from "../../images/recipe.ts";
import { dataResource } from "../tags.ts";
import { machineName } from "./host-key.ts";
import { bakedName, imageName, storedName } from "./image-name.ts";
import { observedIn } from "./observed.ts";
import { grant, type Granted, preflight } from "./preflight.ts";
import { type Readings, takeReadings } from "./readings.ts";
import { hostName, networkName, volumeName } from "./tags.ts";

type Environment = Record<string, pulumi.Input<string>>;

/** What a host is made with; a change concerns new hosts only, until the old one is replaced by a new generation. */
const BIRTH_INPUTS = ["MEMORY", "CPUS", "ROLES", "VOLUME", "LOGIN_USER", "RESOLVERS", "IMAGE", "BAKED_WITH"];

/** Looks at this machine once; everything that the cloud is asked later is answered from what was seen. */
export async function localCloud(readings?: Readings): Promise<LocalCloud> {
  return new LocalCloud(readings ?? (await takeReadings()));
}

/** Hosts as systemd containers on this machine: one container, and one resource, a host. */
export class LocalCloud implements Cloud {
  readonly name = "local";
  readonly capabilities: Capabilities = {
    dataVolumes: true,
    floatingIps: false,
    namesAreUnique: true,
    startsBy: "update",
    // It would fail for the same reason again.
    retries: 0,
  };
  readonly #readings: Readings;
  readonly #granted = new Map<string, Granted>();

  constructor(readings: Readings) {
    this.#readings = readings;
  }

  imageOf({ spec }: ClusterPlan): string | undefined {
    if (spec.image === undefined) return imageName();
    return spec.image === "baked" ? bakedName(versionsOf(spec)) : storedName(spec.image, this.#readings.images);
  }

  baked({ spec }: ClusterPlan): PackerImageArgs | undefined {
    if (spec.image !== "baked") return undefined;
    const versions = versionsOf(spec);
    return { cloud: this.name, image: bakedName(versions), versions };
  }

  observe(clusterId: string): ObservedMachine[] {
    return observedIn(this.#readings.hosts, clusterId);
  }

  /** Clusters looked at before, of the same run, have their share already. */
  preflight(plan: ClusterPlan, observed: readonly ObservedMachine[]): Mistake[] {
    const others = [...this.#granted].filter(([id]) => id !== plan.ref.id).map(([, granted]) => granted);
    const mistakes = preflight(plan, observed, this.#readings, {
      memory: others.reduce((total, other) => total + other.memory, 0),
      hosts: others.reduce((total, other) => total + other.hosts, 0),
      subnets: others.flatMap((other) => other.subnets),
    });
    this.#granted.set(plan.ref.id, grant(plan, observed, this.#readings));
    return mistakes;
  }

  sshTarget(plan: ClusterPlan, node: NodePlan, generation = 1): SshTarget {
    const host = hostName(plan.ref.id, node.name);
    const machine = machineName(host, generation);
    const hostKey = { kind: "outOfBand" as const, argv: ["muster-local", "host-keys"], machine };
    // A container that reboots ends.
    const reboot = ["muster-local", "host", "restart", host];
    return { address: node.address, port: 22, user: plan.spec.loginUser, sameMachine: true, reboot, hostKey };
  }

  /** The operator is this machine, and that is the bridge's gateway. */
  operatorSources(plan: ClusterPlan): string[] {
    return [`${plan.network.gateway}/32`];
  }

  network(
    plan: ClusterPlan,
    opts: pulumi.ComponentResourceOptions,
    identity?: pulumi.Output<ClusterIdentity>,
  ): CloudNetwork {
    const environment = {
      CLUSTER_ID: plan.ref.id,
      NETWORK: networkName(plan.ref.id),
      SUBNET: plan.network.subnet,
      GATEWAY: plan.network.gateway,
      ...uidOf(identity),
    };
    return { resources: [command(`${plan.ref.name}-network`, "network", environment, opts)] };
  }

  /** Protected unless `opts` says otherwise. Thin: its size is checked beforehand, not enforced. */
  volume(plan: ClusterPlan, { node, identity }: VolumeRequest, opts: pulumi.CustomResourceOptions): pulumi.Resource {
    const environment = {
      CLUSTER_ID: plan.ref.id,
      VOLUME: volumeName(plan.ref.id, node),
      NODE: node,
      ...uidOf(identity),
    };
    return command(dataResource.volume(node), "volume", environment, { protect: true, ...opts });
  }

  machine(plan: ClusterPlan, request: MachineRequest, opts: pulumi.CustomResourceOptions): pulumi.Resource {
    const { node, identity, generation, revival, volume, image } = request;
    const environment = {
      CLUSTER_ID: plan.ref.id,
      HOST: hostName(plan.ref.id, node.name),
      NODE: node.name,
      FQDN: node.fqdn,
      KIND: plan.ref.kind,
      POOL: node.pool,
      ORDINAL: String(node.ordinal),
      ROLES: node.roles.join(","),
      ADDRESS: node.address,
      NETWORK: networkName(plan.ref.id),
      MEMORY: String(node.size.memory),
      CPUS: String(node.size.cpus),
      GENERATION: String(generation),
      REVIVAL: String(revival),
      LOGIN_USER: plan.spec.loginUser,
      USER_CA: pulumi.unsecret(identity.apply((known) => known.userCa.public)),
      ...uidOf(identity),
      ...(volume === undefined ? {} : { VOLUME: volumeName(plan.ref.id, node.name) }),
      ...(plan.spec.resolvers.length === 0 ? {} : { RESOLVERS: plan.spec.resolvers.join(" ") }),
      ...this.#birthImage(plan, image),
    };
    const stands = this.observe(plan.ref.id).some(
      (machine) => machine.name === node.name && machine.generation >= generation,
    );
    const kept = stands ? BIRTH_INPUTS.map((input) => `environment.${input}`) : [];
    return command(node.name, "host", environment, {
      // The first host makes the image, the others wait for it.
      customTimeouts: { create: "30m", update: "30m", delete: "5m" },
      ...opts,
      ignoreChanges: [...(opts.ignoreChanges ?? []), ...kept],
    });
  }

  /** Nothing where it is the cloud's own. With what a lost one is baked again is told, too. */
  #birthImage(plan: ClusterPlan, baked: pulumi.Output<string> | undefined): Environment {
    if (baked !== undefined) return { IMAGE: baked, BAKED_WITH: canonicalJson(versionsOf(plan.spec)) };
    const image = plan.spec.image === undefined ? undefined : this.imageOf(plan);
    return image === undefined ? {} : { IMAGE: image };
  }
}

/** An id that everybody may see: it stands in the tags. */
const uidOf = (identity: pulumi.Output<ClusterIdentity> | undefined): Environment =>
  identity === undefined ? {} : { UID: pulumi.unsecret(identity.apply((known) => known.uid)) };

function command(
  name: string,
  thing: string,
  environment: Environment,
  opts: pulumi.CustomResourceOptions,
): local.Command {
  const ensure = `muster-local ${thing} ensure`;
  return new local.Command(
    name,
    {
      create: ensure,
      update: ensure,
      delete: `muster-local ${thing} delete`,
      environment,
      logging: "stderr",
      addPreviousOutputInEnv: false,
    },
    { deleteBeforeReplace: true, ...opts },
  );
}
