import { existsSync } from "node:fs";
import { stateId } from "../../../contract/folders.ts";
import type { Parameters } from "./parameters.ts";
import { podman, podmanList } from "./podman.ts";
import { asRoot, run } from "../../process.ts";
import { TAG } from "../tags.ts";
import { foreign, labelFlags } from "./tags.ts";

/** A network as podman lists it. */
export interface PodmanNetwork {
  name: string;
  id: string;
  network_interface?: string;
  subnets?: { subnet: string; gateway?: string }[] | null;
  labels?: Record<string, string> | null;
}

/** Networks of podman, all of them or those with some name. */
export async function listNetworks(name?: string): Promise<PodmanNetwork[]> {
  const rows = await podmanList<PodmanNetwork>(["network", "ls"]);
  return name === undefined ? rows : rows.filter((row) => row.name === name);
}

/** Makes a cluster's private network, or adopts it. One without hosts is made again when its subnet is another one. */
export async function ensureNetwork(given: Parameters): Promise<object> {
  const [name, subnet, gateway] = [given.name("NETWORK"), given.text("SUBNET"), given.text("GATEWAY")];
  const owner = { clusterId: given.text("CLUSTER_ID"), uid: given.optional("UID") };
  const [found] = await listNetworks(name);
  if (found) {
    const reason = foreign(found.labels, owner);
    if (reason)
      throw new Error(
        `network ${name} is there already, but ${reason}; remove it with "muster sweep" or choose another name`,
      );
    if (found.subnets?.[0]?.subnet === subnet) return { name, subnet };
    await removeNetwork(found);
  }
  await create(name, subnet, gateway, {
    [TAG.state]: stateId(),
    [TAG.cluster]: owner.clusterId,
    [TAG.uid]: owner.uid,
  });
  return { name, subnet };
}

/** Names come from the masters, so podman's DNS is off. Plain networks route to each other; isolated ones do not. */
async function create(name: string, subnet: string, gateway: string, labels: Record<string, string>): Promise<void> {
  const shape = ["--subnet", subnet, "--gateway", gateway, "--disable-dns", "--opt", "isolate=true"];
  await podman(["network", "create", ...shape, ...labelFlags(labels), name]);
}

/** Removes a network, and its bridge where a killed podman left it: it would keep the subnet taken. */
export async function removeNetwork({ name, network_interface: bridge }: PodmanNetwork): Promise<void> {
  await podman(["network", "rm", name]);
  if (bridge === undefined || !existsSync(`/sys/class/net/${bridge}`)) return;
  const reused = (await listNetworks()).some((network) => network.network_interface === bridge);
  if (!reused) await run(asRoot(["ip", "link", "delete", bridge]), { timeout: 10 });
}

/** Removes a cluster's network; gone already, or somebody else's, is fine. */
export async function deleteNetwork(given: Parameters): Promise<object> {
  const name = given.name("NETWORK");
  const [found] = await listNetworks(name);
  if (!found) return { name, removed: false };
  const reason = foreign(found.labels, { clusterId: given.text("CLUSTER_ID"), uid: given.optional("UID") });
  if (reason) return left("network", name, reason);
  await removeNetwork(found);
  return { name, removed: true };
}

/** What is not ours stays; said, so that nobody wonders. */
export function left(what: string, name: string, reason: string): object {
  process.stderr.write(`${what} ${name} stays: ${reason}\n`);
  return { name, removed: false };
}
