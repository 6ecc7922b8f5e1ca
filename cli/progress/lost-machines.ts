import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import type { ObservedMachine } from "../../components/clouds/cloud.ts";
import { dataResource } from "../../components/clouds/tags.ts";
import { machineFailure, tellMachineFailure } from "../../contract/machine-failures.ts";
import type { ClusterPlan } from "../../plan/cluster-plan.ts";
import { withoutNoise } from "../engine/engine-error.ts";

/** What a cloud says of a cluster's machines now. */
export type Look = (clusterId: string) => Promise<readonly ObservedMachine[]>;

/**
 * Hears of machines that the engine could not make, or whose disks it could not, and lets the runner know, which else would wait for them until its
 * deadline: with the cloud's own reason, where the machine is there and the cloud gives one.
 */
export class LostMachines {
  /** By the resources without which a machine does not come. */
  readonly #awaited: ReadonlyMap<string, { node: string; clusterId: string }>;
  readonly #look: Look;
  #told: Promise<void> = Promise.resolve();

  constructor(plans: readonly ClusterPlan[], look: Look) {
    this.#awaited = new Map(
      plans.flatMap(({ nodes, ref }) =>
        nodes.flatMap(({ name: node }) =>
          [node, dataResource.volume(node), dataResource.attachment(node)].map(
            (resource) => [resource, { node, clusterId: ref.id }] as const,
          ),
        ),
      ),
    );
    this.#look = look;
  }

  hear({ diagnosticEvent }: EngineEvent): void {
    if (diagnosticEvent?.severity !== "error") return;
    const awaited = this.#awaited.get(diagnosticEvent.urn?.split("::").at(-1) ?? "");
    if (awaited === undefined) return;
    const said = withoutNoise(diagnosticEvent.message);
    // One look after the other: many may fail at once.
    this.#told = this.#told.then(() => this.#tell(awaited.clusterId, awaited.node, said));
  }

  /** Until everything heard was told. */
  settled(): Promise<void> {
    return this.#told;
  }

  async #tell(clusterId: string, node: string, said: string): Promise<void> {
    // Who made it may have told already, and knows best.
    if (machineFailure(clusterId, node) !== undefined) return;
    const machines = await this.#look(clusterId).catch(() => []);
    const found = machines.find(({ name, broken }) => name === node && broken === true);
    tellMachineFailure(clusterId, node, found?.reason ?? said);
  }
}
