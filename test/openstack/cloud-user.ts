import { readFileSync } from "node:fs";
import type { ProgressEvent } from "../../contract/summary.ts";
import { Checkout } from "../e2e/checkout.ts";
import type { Place } from "./place.ts";

/** A user's checkout, logged in to a box. */
export class CloudUser extends Checkout {
  readonly #place: Place;

  constructor(place: Place) {
    super();
    this.#place = place;
  }

  override variables(): NodeJS.ProcessEnv {
    return { ...super.variables(), OS_CLIENT_CONFIG_FILE: this.#place.cloudsFile, OS_CLOUD: "box" };
  }

  /** What the runner told of the cluster that is called as its stack, in all runs. */
  events(): ProgressEvent[] {
    const lines = readFileSync(this.clusterPath(this.name, this.name, "events.jsonl"), "utf8")
      .trimEnd()
      .split("\n");
    return lines.map((line) => JSON.parse(line) as ProgressEvent);
  }
}
