import { execa } from "execa";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { ed25519KeyPair } from "../../contract/ssh-key.ts";
import { SERVER_IMAGE } from "./place.ts";
import { idIn, type Rest } from "./rest.ts";

const DEADLINE = 180_000;
const SUBNET = "10.250.0.0/24";

const serverAnswer = z.object({
  server: z.object({ status: z.string(), fault: z.object({ message: z.string() }).optional() }),
});
const ports = z.object({ ports: z.array(z.object({ id: z.string() })) });
const floatingIp = z.object({ floatingip: z.object({ id: z.string(), floating_ip_address: z.string() }) });

/** One server with all that it needs, made by the services' own HTTP interfaces: a way that is not the product's. */
export class TestServer {
  readonly #rest: Rest;
  readonly #name: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "muster-openstack-"));
  /** Given to the server, so that it is known from its first answer on. */
  readonly #hostKey = ed25519KeyPair("test");
  /** In the order in which they were made. */
  readonly #made: { service: "network" | "compute"; path: string }[] = [];
  #router: { id: string; subnet: string } | undefined;
  securityGroup = "";
  address = "";

  /** @param name of everything that it needs */
  constructor(rest: Rest, name = "box-test") {
    this.#rest = rest;
    this.#name = name;
  }

  /** Made and asked for; {@link ssh} answers some seconds later. */
  async make(): Promise<void> {
    const [rest, name] = [this.#rest, this.#name];
    const key = this.#key();
    await rest.post("compute", "/os-keypairs", z.object({}), { keypair: { name, public_key: key } });
    this.#made.push({ service: "compute", path: `/os-keypairs/${name}` });
    const external = await rest.named("network", "/networks?router:external=true", "networks", "public");
    const network = await this.#network("network", { name });
    const subnet = await this.#network("subnet", { name, network_id: network, ip_version: 4, cidr: SUBNET });
    const router = await this.#network("router", { name, external_gateway_info: { network_id: external } });
    await rest.put("network", `/routers/${router}/add_router_interface`, { subnet_id: subnet });
    this.#router = { id: router, subnet };
    this.securityGroup = await this.#network("security-group", { name });
    await this.open(22);
    const [image, flavor] = await Promise.all([
      rest.named("image", "/images", "images", SERVER_IMAGE),
      rest.named("compute", "/flavors", "flavors", "small"),
    ]);
    const wish = { name, imageRef: image, flavorRef: flavor, key_name: name, config_drive: true };
    const { private: ed25519_private, public: ed25519_public } = this.#hostKey;
    const boot = `#cloud-config\n${JSON.stringify({ ssh_keys: { ed25519_private, ed25519_public } })}\n`;
    const { server } = await rest.post("compute", "/servers", idIn("server"), {
      server: {
        ...wish,
        user_data: Buffer.from(boot).toString("base64"),
        networks: [{ uuid: network }],
        security_groups: [{ name }],
      },
    });
    this.#made.push({ service: "compute", path: `/servers/${server.id}` });
    await this.#active(server.id);
    const found = await rest.get("network", `/ports?device_id=${server.id}`, ports);
    const made = await rest.post("network", "/floatingips", floatingIp, {
      floatingip: { floating_network_id: external, port_id: found.ports[0]?.id },
    });
    this.#made.push({ service: "network", path: `/floatingips/${made.floatingip.id}` });
    this.address = made.floatingip.floating_ip_address;
    writeFileSync(this.#knownHosts, `${this.address} ${this.#hostKey.public}\n`);
  }

  /** Opens a port to everybody; returns the rule. */
  async open(port: number): Promise<string> {
    const rule = { direction: "ingress", protocol: "tcp", port_range_min: port, port_range_max: port };
    const { security_group_rule: made } = await this.#rest.post(
      "network",
      "/security-group-rules",
      idIn("security_group_rule"),
      { security_group_rule: { ...rule, security_group_id: this.securityGroup } },
    );
    return made.id;
  }

  close = (rule: string): Promise<void> => this.#rest.delete("network", `/security-group-rules/${rule}`);

  /** A command's output, by the key pair. Waits until the server lets us in. */
  async ssh(command: string): Promise<string> {
    const hosts = ["StrictHostKeyChecking=yes", `UserKnownHostsFile=${this.#knownHosts}`, "GlobalKnownHostsFile=none"];
    const options = [...hosts, "BatchMode=yes", "LogLevel=ERROR", "ConnectTimeout=3"];
    const words = ["-i", join(this.#folder, "key"), ...options.flatMap((option) => ["-o", option])];
    const until = Date.now() + DEADLINE;
    for (;;) {
      const argv = [...words, `debian@${this.address}`, command];
      const { exitCode, stdout, stderr } = await execa("ssh", argv, { reject: false, timeout: DEADLINE });
      if (exitCode === 0) return stdout;
      // 255 is ssh's own: not there yet.
      if (exitCode !== 255 || Date.now() > until) throw new Error(`${command}: exit code ${exitCode}: ${stderr}`);
      await pause(250);
    }
  }

  /** Whether a port of the server answers within some seconds. */
  answers(port: number): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect({ host: this.address, port, timeout: 3000 });
      const end = (answer: boolean): void => {
        socket.destroy();
        resolve(answer);
      };
      socket
        .once("connect", () => end(true))
        .once("timeout", () => end(false))
        .once("error", () => end(false));
    });
  }

  /** For one that goes with its box: what is left of it on this machine. */
  forget(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Everything, in the reverse order. */
  async delete(): Promise<void> {
    this.forget();
    for (const { service, path } of this.#made.reverse()) {
      if (this.#router !== undefined && path === `/routers/${this.#router.id}`)
        await this.#rest.put("network", `${path}/remove_router_interface`, { subnet_id: this.#router.subnet });
      await this.#rest.delete(service, path);
      if (path.startsWith("/servers/")) await this.#gone(path);
    }
    this.#made.length = 0;
  }

  get #knownHosts(): string {
    return join(this.#folder, "known_hosts");
  }

  /** Makes the key pair that the server lets in; its public key. */
  #key(): string {
    const key = ed25519KeyPair("test");
    writeFileSync(join(this.#folder, "key"), key.private, { mode: 0o600 });
    return key.public;
  }

  async #network(what: "network" | "subnet" | "router" | "security-group", wish: object): Promise<string> {
    const key = what.replace("-", "_");
    const answer = await this.#rest.post("network", `/${what}s`, idIn(key), { [key]: wish });
    const id = answer[key]?.id ?? "";
    this.#made.push({ service: "network", path: `/${what}s/${id}` });
    return id;
  }

  async #active(id: string): Promise<void> {
    const until = Date.now() + DEADLINE;
    for (;;) {
      const { server } = await this.#rest.get("compute", `/servers/${id}`, serverAnswer);
      if (server.status === "ACTIVE") return;
      if (server.status === "ERROR") throw new Error(server.fault?.message ?? "no reason given");
      if (Date.now() > until) throw new Error(`still ${server.status}`);
      await pause(250);
    }
  }

  async #gone(path: string): Promise<void> {
    const until = Date.now() + DEADLINE;
    const list = z.object({ servers: z.array(z.object({ id: z.string() })) });
    for (;;) {
      const { servers } = await this.#rest.get("compute", "/servers", list);
      if (!servers.some(({ id }) => path.endsWith(id))) return;
      if (Date.now() > until) throw new Error(`${path} is still there`);
      await pause(250);
    }
  }
}
