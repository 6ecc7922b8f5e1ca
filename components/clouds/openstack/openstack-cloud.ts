import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterIdentity } from "../../../contract/identity.ts";
import { stateId } from "../../../contract/folders.ts";
import type { SshTarget } from "../../../contract/job.ts";
import type { ClusterPlan, NodePlan } from "../../../plan/cluster-plan.ts";
import type { Mistake } from "../../../plan/mistake.ts";
import type { Capabilities, Capacity, Cloud, MachineRequest, ObservedMachine, VolumeRequest } from "../cloud.ts";
import { TAG, dataResource } from "../tags.ts";
import type { PackerImageArgs } from "../../images/packer-image.ts";
import { versionsOf } from "../../images/recipe.ts";
import { imageOf, wantedBaked } from "./baking.ts";
import { capacityOf } from "./capacity.ts";
import type { Credentials } from "./credentials.ts";
import { type Amounts, type Layout, needsOf, together } from "./needs.ts";
import { type SharedThings, shareThings } from "./network.ts";
import { observedIn } from "./observed.ts";
import { bakingOptions, type OpenStackOptions, poolMistakes } from "./options.ts";
import { bastionOf, outsideOf } from "./outside.ts";
import { preflight } from "./preflight.ts";
import type { Readings } from "./readings.ts";
import { securityGroups } from "./security-groups.ts";
import { makeServer } from "./server.ts";
import { chooseFlavors } from "./sizes.ts";
import { OURS } from "./tags.ts";
import { VOLUME_TIMEOUTS } from "./timeouts.ts";

/** How often the provider repeats a request whose connection broke, or that came too often. */
const PROVIDER_RETRIES = 5;

/** Hosts as OpenStack's servers. */
export class OpenStackCloud implements Cloud {
  readonly name = "openstack";
  readonly capabilities: Capabilities;
  readonly #options: OpenStackOptions;
  readonly #credentials: Credentials;
  readonly #readings: Readings;
  /** What each cluster that was looked at takes, by its id. */
  readonly #granted = new Map<string, Amounts>();
  readonly #shared = new Map<string, SharedThings>();
  #provider: openstack.Provider | undefined;

  /** @param readings What was seen of the cloud: everything that is asked later is answered from it. */
  constructor(options: OpenStackOptions, credentials: Credentials, readings: Readings) {
    this.#options = options;
    this.#credentials = credentials;
    this.#readings = readings;
    this.capabilities = {
      dataVolumes: options.dataVolumes !== false,
      floatingIps: true,
      namesAreUnique: false,
      startsBy: "refresh",
      retries: 2,
    };
  }

  imageOf(plan: ClusterPlan): string | undefined {
    return imageOf(plan, this.#readings)?.id;
  }

  baked(plan: ClusterPlan): PackerImageArgs | undefined {
    const image = wantedBaked(plan, this.#readings);
    if (image === undefined) return undefined;
    // Without any it is not there yet, or the engine does not know it either.
    const gone = this.imageOf(plan) === undefined && this.observe(plan.ref.id).length > 0;
    const options = bakingOptions(this.#options);
    return { cloud: this.name, options, image, versions: versionsOf(plan.spec), gone };
  }

  observe(clusterId: string): ObservedMachine[] {
    return observedIn(this.#readings.servers, clusterId);
  }

  poolMistakes(pools: readonly string[]): Mistake[] {
    return poolMistakes(this.#options, pools);
  }

  capacity(plan: ClusterPlan, observed: readonly ObservedMachine[]): Capacity {
    return capacityOf(this.#layout(plan), observed, this.#readings, this.#othersThan(plan));
  }

  preflight(plan: ClusterPlan, observed: readonly ObservedMachine[]): Mistake[] {
    const { flavors, mistakes } = chooseFlavors(plan, this.#options, this.#readings);
    const layout = { ...this.#layout(plan), flavors };
    const others = this.#othersThan(plan);
    this.#granted.set(plan.ref.id, needsOf(layout, observed, this.#readings));
    return [...mistakes, ...preflight(layout, observed, this.#readings, others)];
  }

  /** What the other clusters of this run take. */
  #othersThan(plan: ClusterPlan): Amounts {
    return together([...this.#granted].filter(([id]) => id !== plan.ref.id).map(([, amounts]) => amounts));
  }

  /** Its address outside may be known only when it is made: then the network tells it. */
  sshTarget(plan: ClusterPlan, node: NodePlan): SshTarget {
    const outside = outsideOf(plan, this.#options);
    const bastion = bastionOf(outside, node);
    return {
      address: outside.public.get(node.name)?.reserved ?? node.address,
      port: 22,
      user: plan.spec.loginUser,
      ...(bastion === undefined ? {} : { bastion }),
      hostKey: { kind: "derived" },
    };
  }

  /** It comes from the admin networks, by whatever way. */
  operatorSources(): string[] {
    return [];
  }

  network(
    plan: ClusterPlan,
    opts: pulumi.ComponentResourceOptions,
    identity?: pulumi.Output<ClusterIdentity>,
  ): SharedThings {
    if (identity === undefined) throw new Error("everything on OpenStack is tagged with the cluster's identity");
    const shared = shareThings(this.#layout(plan), this.#readings, identity, this.#child(opts));
    this.#shared.set(plan.ref.id, shared);
    return shared;
  }

  /** Protected unless `opts` says otherwise; stays as it was made. */
  volume(plan: ClusterPlan, request: VolumeRequest, opts: pulumi.CustomResourceOptions): pulumi.Resource {
    const { node, size, identity } = request;
    const { dataVolumes } = this.#options;
    const { type, zone } = typeof dataVolumes === "object" ? dataVolumes : {};
    const uid = identity === undefined ? "" : pulumi.unsecret(identity.apply((known) => known.uid));
    return new openstack.blockstorage.Volume(
      dataResource.volume(node),
      {
        name: `${node}-data`,
        description: `data of ${node} in ${plan.ref.id}`,
        size,
        ...(type === undefined ? {} : { volumeType: type }),
        ...(zone === undefined ? {} : { availabilityZone: zone }),
        metadata: {
          [OURS]: "true",
          [TAG.cluster]: plan.ref.id,
          [TAG.uid]: uid,
          [TAG.node]: node,
          [TAG.state]: stateId(),
        },
      },
      {
        protect: true,
        ignoreChanges: ["size", "volumeType", "availabilityZone", "metadata"],
        customTimeouts: VOLUME_TIMEOUTS,
        ...this.#child(opts),
      },
    );
  }

  machine(plan: ClusterPlan, request: MachineRequest, opts: pulumi.CustomResourceOptions): pulumi.Resource {
    const shared = this.#shared.get(plan.ref.id);
    if (shared === undefined) throw new Error(`the network of ${plan.ref.id} has to be made before its machines`);
    const stands = this.observe(plan.ref.id).some(
      ({ name, generation, broken }) =>
        name === request.node.name && generation >= request.generation && broken !== true,
    );
    return makeServer(this.#layout(plan), request, shared, { readings: this.#readings, stands }, this.#child(opts));
  }

  #layout(plan: ClusterPlan): Layout {
    const options = this.#options;
    const outside = outsideOf(plan, options);
    const groups = securityGroups(plan, outside);
    return { plan, options, outside, groups, flavors: chooseFlavors(plan, options, this.#readings).flavors };
  }

  /** One provider a program. It finds the credentials as we did: in files and variables, which never reach the state. */
  #child(opts: pulumi.CustomResourceOptions): pulumi.CustomResourceOptions {
    const { cloud, region, endpointType } = this.#credentials;
    this.#provider ??= new openstack.Provider("openstack", {
      ...(cloud === undefined ? {} : { cloud }),
      ...(region === undefined ? {} : { region }),
      endpointType,
      maxRetries: PROVIDER_RETRIES,
      allowReauth: true,
    });
    return { ...opts, provider: this.#provider };
  }
}
