import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type {
  Capabilities,
  Cloud,
  CloudNetwork,
  MachineRequest,
  ObservedMachine,
  VolumeRequest,
} from "../../components/clouds/cloud.ts";
import type { PackerImageArgs } from "../../components/images/packer-image.ts";
import type { SshTarget } from "../../contract/job.ts";
import type { ClusterPlan, NodePlan } from "../../plan/cluster-plan.ts";
import type { Mistake } from "../../plan/mistake.ts";

/** A cloud of trivial commands, with whatever machines a test wants to be there. */
export class FakeCloud implements Cloud {
  readonly name = "fake";
  readonly capabilities: Capabilities = {
    dataVolumes: true,
    floatingIps: false,
    namesAreUnique: true,
    startsBy: "update",
    retries: 0,
  };
  /** Addresses that are known only when the network is made. */
  addresses: Record<string, string> | undefined;
  image: PackerImageArgs | undefined;
  machines: ObservedMachine[];
  refused: Mistake[] = [];

  constructor(machines: ObservedMachine[] = []) {
    this.machines = machines;
  }

  imageOf(): string {
    return "image-2";
  }

  baked(): PackerImageArgs | undefined {
    return this.image;
  }

  observe(_clusterId: string): ObservedMachine[] {
    return this.machines;
  }

  preflight(): Mistake[] {
    return this.refused;
  }

  sshTarget(_plan: ClusterPlan, node: NodePlan): SshTarget {
    return { address: node.address, port: 22, user: "muster", hostKey: { kind: "derived" } };
  }

  operatorSources(plan: ClusterPlan): string[] {
    return [`${plan.network.gateway}/32`];
  }

  network(plan: ClusterPlan, opts: pulumi.ComponentResourceOptions): CloudNetwork {
    return {
      resources: [command(`${plan.ref.name}-network`, { SUBNET: plan.network.subnet }, opts)],
      ...(this.addresses === undefined ? {} : { addresses: pulumi.output(this.addresses) }),
    };
  }

  volume(_plan: ClusterPlan, { node, size }: VolumeRequest, opts: pulumi.CustomResourceOptions): pulumi.Resource {
    return command(`${node}-data`, { SIZE: String(size) }, opts);
  }

  machine(_plan: ClusterPlan, request: MachineRequest, opts: pulumi.CustomResourceOptions): pulumi.Resource {
    const { node, identity, generation, revival, image } = request;
    const environment = {
      ADDRESS: node.address,
      GENERATION: String(generation),
      REVIVAL: String(revival),
      UID: identity.apply(({ uid }) => uid),
      ...(image === undefined ? {} : { IMAGE: image }),
    };
    return command(node.name, environment, opts);
  }
}

function command(
  name: string,
  environment: Record<string, pulumi.Input<string>>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  return new local.Command(name, { create: "true", environment, addPreviousOutputInEnv: false }, opts);
}

/** A machine as it should be, unless said otherwise. */
export function machine(name: string, other: Partial<ObservedMachine> = {}): ObservedMachine {
  return { name, id: `${name}-id`, running: true, generation: 1, uid: "uid", kind: "hadoop", ...other };
}
