import { z } from "zod";
import { idIn, type Rest } from "./rest.ts";

/** A network with a way out that somebody made before any cluster: by hand, without a mark of ours. */
export class PersonsNetwork {
  /** Of the network, its subnet and its router. */
  readonly name = "persons";
  readonly subnet = "10.77.0.0/24";
  readonly #rest: Rest;
  network = "";
  router = "";
  #subnetId = "";

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  async make(): Promise<void> {
    const { name } = this;
    const external = await this.#rest.named("network", "/networks?router:external=true", "networks", "public");
    this.network = await this.#make("network", { name });
    this.#subnetId = await this.#make("subnet", { name, network_id: this.network, ip_version: 4, cidr: this.subnet });
    this.router = await this.#make("router", { name, external_gateway_info: { network_id: external } });
    await this.#rest.put("network", `/routers/${this.router}/add_router_interface`, { subnet_id: this.#subnetId });
  }

  async remove(): Promise<void> {
    if (this.router !== "") {
      const interfaces = `/routers/${this.router}/remove_router_interface`;
      await this.#rest.put("network", interfaces, { subnet_id: this.#subnetId }).catch(() => undefined);
      await this.#rest.delete("network", `/routers/${this.router}`);
    }
    if (this.network !== "") await this.#rest.delete("network", `/networks/${this.network}`);
  }

  /** Takes an address for something of the person's own; returns how it is given back. */
  async take(address: string): Promise<() => Promise<void>> {
    const wish = { network_id: this.network, fixed_ips: [{ ip_address: address }] };
    const { port } = await this.#rest.post("network", "/ports", idIn("port"), { port: wish });
    return () => this.#rest.delete("network", `/ports/${port.id}`);
  }

  /** Addresses in a network by the id of the server that has them. */
  async addresses(network = this.network): Promise<Map<string, string>> {
    const port = z.object({ device_id: z.string(), fixed_ips: z.array(z.object({ ip_address: z.string() })) });
    const shape = z.object({ ports: z.array(port) });
    const { ports } = await this.#rest.get("network", `/ports?network_id=${network}`, shape);
    return new Map(ports.map(({ device_id, fixed_ips: [first] }) => [device_id, first?.ip_address ?? ""]));
  }

  async #make(what: "network" | "subnet" | "router", wish: object): Promise<string> {
    const answer = await this.#rest.post("network", `/${what}s`, idIn(what), { [what]: wish });
    return answer[what]?.id ?? "";
  }
}
