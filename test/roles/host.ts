import { readFile } from "node:fs/promises";
import { buildBundle } from "../../runner/bundle/index.ts";
import { Inside } from "../hosts/inside.ts";
import { type HostWish, type Owner, TestHosts } from "../hosts/test-hosts.ts";

export const userCa = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHOCZJRGBSS4jTRpbjNR2M0gEGzcRV3MAvK9cyWaSlbH user-ca";

/** One host, and the bundle on it. */
export class TestHost extends Inside {
  readonly address: string;
  /** CIDR. */
  readonly subnet: string;

  constructor(hosts: TestHosts, wish: HostWish) {
    super(hosts.host(wish.name));
    this.address = wish.address;
    this.subnet = hosts.subnet;
  }
}

/** Makes one test file's hosts before its tests, and removes them after. */
export class HostMaker {
  readonly #hosts: TestHosts;

  constructor(test: string, owner: Owner = { userCa }) {
    this.#hosts = new TestHosts(test, owner);
  }

  /** The one host of most files, unless `wishFor` tells another one for the network's subnet. */
  async start(wishFor: (hosts: TestHosts) => HostWish = oneMaster): Promise<TestHost> {
    await this.#hosts.open();
    const wish = wishFor(this.#hosts);
    await this.#hosts.make(wish);
    const host = new TestHost(this.#hosts, wish);
    await host.booted();
    await bundled(host);
    return host;
  }

  /** One more host, with no bundle: somebody else in the network. */
  async another(name: string, number: number): Promise<Inside> {
    const address = this.#hosts.address(number);
    await this.#hosts.make({ ...oneMaster(this.#hosts), name, fqdn: `${name}.t.internal`, address });
    const other = new Inside(this.#hosts.host(name));
    await other.booted();
    return other;
  }

  remove = (): Promise<void> => this.#hosts.close();
}

const oneMaster = (hosts: TestHosts): HostWish => ({
  ...{ name: "t-master-1", fqdn: "t-master-1.t.internal", address: hosts.address(11) },
  ...{ pool: "master", ordinal: 1, roles: ["master"], memory: 1024, cpus: 1, stateful: false },
});

async function bundled(host: Inside): Promise<void> {
  const { sha, path } = await buildBundle();
  const unpack = `mkdir -p /opt/muster/bundles/${sha} && tar -xz -C /opt/muster/bundles/${sha} && ln -sfn bundles/${sha} /opt/muster/current`;
  const { code, stderr } = await host.run(["/bin/sh", "-c", unpack], await readFile(path));
  if (code !== 0) throw new Error(stderr);
}
