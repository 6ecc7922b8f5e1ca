import type { NodeResult } from "../../contract/summary.ts";

/** Why one node is not ready; the others go on. */
export class NodeFailure extends Error {
  readonly state: NodeResult["state"];
  readonly stage: NonNullable<NodeResult["stage"]>;

  constructor(state: NodeResult["state"], stage: NonNullable<NodeResult["stage"]>, reason: string) {
    super(reason);
    this.name = "NodeFailure";
    this.state = state;
    this.stage = stage;
  }
}
