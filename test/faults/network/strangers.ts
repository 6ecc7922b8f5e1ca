import { createHash } from "node:crypto";
import { imageName } from "../../../components/clouds/local/image-name.ts";
import { PROJECT } from "../../../components/images/content.ts";
import { readMachine } from "../../../components/clouds/local/machine.ts";
import { limitFlags } from "../../../components/clouds/local/machine-needs.ts";
import { podman } from "../../../components/clouds/local/podman.ts";
import { asRoot, run } from "../../../components/process.ts";

/** Of this checkout, always the same: so that a run removes what a killed one left. */
const id = createHash("sha256").update(PROJECT).digest("hex").slice(0, 6);

/** A host of a network of two: another one for each checkout, so that several may be tested side by side. */
const addressIn = (network: string, host: number): string => `${network}.${(parseInt(id, 16) % 64) * 4 + host}`;

async function root(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(asRoot(argv), { timeout: 30 });
  if (code !== 0) throw new Error(`${argv.join(" ")}: ${stderr.trim()}`);
  return stdout;
}

/** For what may be there or not. */
const tried = (...argv: string[]) => run(asRoot(argv), { timeout: 30 });

/**
 * A place outside of the cluster's network that this machine routes to: a network namespace with two addresses, of
 * networks that are meant for documentation and thus nobody's.
 */
export class Outside {
  readonly addresses = [addressIn("198.51.100", 2), addressIn("203.0.113", 2)] as const;
  readonly #gateways = [addressIn("198.51.100", 1), addressIn("203.0.113", 1)] as const;
  readonly namespace = `/run/netns/muster-outside-${id}`;
  readonly #name = `muster-outside-${id}`;
  readonly #here = `mo-${id}`;

  async open(): Promise<void> {
    await this.close();
    await root("ip", "netns", "add", this.#name);
    await root("ip", "link", "add", this.#here, "type", "veth", "peer", "name", "eth0", "netns", this.#name);
    const inside = ["ip", "-netns", this.#name];
    await root("ip", "link", "set", this.#here, "up");
    await root(...inside, "link", "set", "eth0", "up");
    for (const gateway of this.#gateways) await root("ip", "address", "add", `${gateway}/30`, "dev", this.#here);
    for (const address of this.addresses) await root(...inside, "address", "add", `${address}/30`, "dev", "eth0");
    await root(...inside, "route", "add", "default", "via", this.#gateways[0]);
  }

  /** The pair of interfaces and their routes go with the namespace. */
  async close(): Promise<void> {
    await tried("ip", "link", "delete", this.#here);
    await tried("ip", "netns", "delete", this.#name);
  }
}

/** A container beside the cluster's, on another network of podman's. */
export class Neighbour {
  readonly #name: string;
  readonly #network: string[];

  /** @param isolated whether podman is told to keep its network apart, as it is for clusters */
  constructor({ isolated }: { isolated: boolean }) {
    this.#name = `muster-neighbour-${isolated ? "apart" : "plain"}-${id}`;
    this.#network = isolated ? ["--opt", "isolate=true"] : [];
  }

  /** Its network namespace. */
  async open(): Promise<string> {
    await this.close();
    await podman(["network", "create", "--disable-dns", ...this.#network, this.#name]);
    const how = ["--detach", "--pull=never", ...limitFlags(await readMachine()), "--network", this.#name];
    await podman(["run", ...how, "--name", this.#name, "--entrypoint", "sleep", imageName(), "1800"]);
    return `/proc/${(await podman(["inspect", "--format", "{{.State.Pid}}", this.#name])).trim()}/ns/net`;
  }

  async close(): Promise<void> {
    await podman(["rm", "--force", "--ignore", "--time", "0", this.#name]);
    await podman(["network", "rm", "--force", this.#name]).catch(() => undefined);
  }
}

/**
 * Does some work while this machine does not remember each packet to a subnet: hundreds of thousands of questions
 * without an answer would fill its table of connections, and then nobody here could open one. SSH it has to remember,
 * because addresses of strangers are translated.
 */
export async function unremembered<Result>(subnet: string, work: () => Promise<Result>): Promise<Result> {
  const table = ["inet", `muster-scan-${id}`];
  const forget = () => tried("nft", "delete", "table", ...table);
  await forget();
  try {
    await root("nft", "add", "table", ...table);
    for (const hook of ["prerouting", "output"]) {
      const at = [...table, hook];
      await root("nft", "add", "chain", ...at, `{ type filter hook ${hook} priority raw; }`);
      for (const ports of ["tcp dport != 22", "meta l4proto udp"])
        await root("nft", "add", "rule", ...at, `ip daddr ${subnet} ${ports} notrack`);
    }
    return await work();
  } finally {
    await forget();
  }
}
