import type { PodmanContainer } from "./host.ts";
import type { PodmanNetwork } from "./network.ts";
import { podman, PodmanError } from "./podman.ts";
import { TAG } from "../tags.ts";

/** A running container that is in a cluster's network and no host of that cluster. */
export interface Stranger {
  name: string;
  network: string;
  address: string;
}

/** Those among some containers. Podman is asked again only where there are any. */
export async function strangersAmong(
  containers: readonly PodmanContainer[],
  networks: readonly PodmanNetwork[],
): Promise<Stranger[]> {
  const owners = new Map(networks.map(({ name, labels }) => [name, labels?.[TAG.cluster]]));
  const intruded = ({ Networks, Labels }: PodmanContainer): string[] =>
    (Networks ?? []).filter((name) => owners.get(name) !== undefined && owners.get(name) !== Labels?.[TAG.cluster]);
  const strangers = containers.filter((one) => one.State === "running" && intruded(one).length > 0);
  const found = strangers.map(async (one): Promise<Stranger[]> => {
    const where = intruded(one);
    return Object.entries(await addressesOf(one.Id))
      .filter(([network, { IPAddress }]) => where.includes(network) && IPAddress !== "")
      .map(([network, { IPAddress }]) => ({ name: one.Names[0] ?? one.Id, network, address: IPAddress }));
  });
  return (await Promise.all(found)).flat();
}

/** By network; none of a container that has gone meanwhile. */
async function addressesOf(id: string): Promise<Record<string, { IPAddress: string }>> {
  try {
    const told = await podman(["inspect", "--format", "{{json .NetworkSettings.Networks}}", id]);
    return (JSON.parse(told) ?? {}) as Record<string, { IPAddress: string }>;
  } catch (error) {
    if (error instanceof PodmanError) return {};
    throw error;
  }
}
