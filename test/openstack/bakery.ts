import { PersonsNetwork } from "./persons-network.ts";
import type { Place } from "./place.ts";
import { idIn, type Rest } from "./rest.ts";

const GROUP = "ssh-from-here";

/** What must be there before an image can be baked: a network with a way out, and a security group that lets SSH in. */
export class Bakery {
  readonly network: PersonsNetwork;
  readonly #rest: Rest;
  readonly #gateway: string;
  #group = "";

  constructor(rest: Rest, { gateway }: Place) {
    this.#rest = rest;
    this.#gateway = gateway;
    this.network = new PersonsNetwork(rest);
  }

  async make(): Promise<void> {
    await this.network.make();
    const made = await this.#rest.post("network", "/security-groups", idIn("security_group"), {
      security_group: { name: GROUP },
    });
    this.#group = made.security_group?.id ?? "";
    const rule = { direction: "ingress", protocol: "tcp", port_range_min: 22, port_range_max: 22 };
    await this.#rest.tell("network", "/security-group-rules", {
      security_group_rule: { ...rule, remote_ip_prefix: `${this.#gateway}/32`, security_group_id: this.#group },
    });
  }

  async remove(): Promise<void> {
    if (this.#group !== "") await this.#rest.delete("network", `/security-groups/${this.#group}`);
    await this.network.remove();
  }

  /** A stack's `muster:cloud`. */
  cloud(flavor: string): Record<string, unknown> {
    const bake = { securityGroups: [GROUP], flavor };
    return { name: "openstack", image: "debian-12", dataVolumes: false, network: this.network.name, bake };
  }
}
