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
}
