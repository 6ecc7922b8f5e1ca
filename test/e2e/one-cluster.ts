import { hostName } from "../../components/clouds/local/tags.ts";
import { EventFollower } from "../../cli/progress/follow.ts";
import type { ProgressEvent } from "../../contract/summary.ts";
import { Checkout } from "./checkout.ts";

/** A checkout of its own with one stack, and in it one cluster of the local cloud; all three have one name. */
export class OneCluster {
  readonly checkout = new Checkout();
  readonly name = this.checkout.name;
  readonly id = this.checkout.clusterId(this.name, this.name);

  /** @param fields The cluster's, as YAML in one line each. */
  protected describe(...fields: string[]): void {
    const lines = [`name: ${this.name}`, ...fields].map((line, at) => `${at === 0 ? "    - " : "      "}${line}\n`);
    this.checkout.writeStack(this.name, `config:\n  muster:cloud: local\n  muster:clusters:\n${lines.join("")}`);
  }

  /** Podman's name of a node's host. */
  host = (node: string): string => hostName(this.id, node);

  /** Everything the runner told of this cluster so far; a half-written last line comes whole the next time. */
  events(): ProgressEvent[] {
    return new EventFollower(this.checkout.clusterPath(this.name, this.name, "events.jsonl"), 0).read();
  }

  remove = (): Promise<void> => this.checkout.remove(this.name);
}
