import type { NodeResult } from "../../contract/summary.ts";
import { oneLine } from "../record/plain-text.ts";

/** Characters of a reason: it goes into records and tables. */
const longest = 1000;

/** Why one node is not ready; the others go on. */
export class NodeFailure extends Error {
  readonly state: NodeResult["state"];
  readonly stage: NonNullable<NodeResult["stage"]>;

  constructor(state: NodeResult["state"], stage: NonNullable<NodeResult["stage"]>, reason: string) {
    super(oneLine(reason, longest));
    this.name = "NodeFailure";
    this.state = state;
    this.stage = stage;
  }
}
