import { stringify } from "yaml";
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

  /** A stack's file, of one light cluster of two; `more`: further fields of the cluster. */
  stack(name: string, more: object): string {
    const cloud = {
      ...{ name: "openstack", image: "debian-12", dataVolumes: false, network: this.network.name },
      bake: { securityGroups: [GROUP], flavor: "small" },
    };
    const cluster = {
      ...{ name, subnet: this.network.subnet, adminNetworks: [`${this.#gateway}/32`], services: [], ...more },
      pools: { master: { count: 1, memory: "1 GiB" }, worker: { count: 1, memory: "1 GiB" } },
    };
    return stringify({ config: { "muster:cloud": cloud, "muster:clusters": [cluster] } });
  }
}
