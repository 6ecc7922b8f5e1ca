import { stateId } from "../../../contract/folders.ts";
import { left } from "./network.ts";
import type { Parameters } from "./parameters.ts";
import { podman, podmanList } from "./podman.ts";
import { TAG } from "../tags.ts";
import { foreign, labelFlags } from "./tags.ts";

/** A volume as podman lists it. */
export interface PodmanVolume {
  Name: string;
  Labels?: Record<string, string> | null;
}

/** Volumes of podman with some name. Podman's filter takes part of a name, so the exact one is picked here. */
async function findVolume(name: string): Promise<PodmanVolume | undefined> {
  const rows = await podmanList<PodmanVolume>(["volume", "ls", "--filter", `name=${name}`]);
  return rows.find((row) => row.Name === name);
}

/** Volumes that carry our tags. */
export const listVolumes = (): Promise<PodmanVolume[]> =>
  podmanList(["volume", "ls", "--filter", `label=${TAG.cluster}`]);

/** Makes a node's data volume, or adopts it with its data. */
export async function ensureVolume(given: Parameters): Promise<object> {
  const name = given.name("VOLUME");
  const owner = { clusterId: given.text("CLUSTER_ID"), uid: given.optional("UID") };
  const found = await findVolume(name);
  if (found) {
    const reason = foreign(found.Labels, owner);
    if (!reason) return { name };
    throw new Error(
      `volume ${name} is there already, but ${reason}; if its data can go, remove it with "muster sweep"`,
    );
  }
  await make(given);
  return { name };
}

/**
 * Makes an empty data volume where a host's own is gone: podman would make one without our tags, which nobody finds
 * again. Whether the host's services can do without what was on it is for them to say. Returns whether it was gone.
 */
export async function replaceLostVolume(given: Parameters): Promise<boolean> {
  if (await findVolume(given.name("VOLUME"))) return false;
  await make(given);
  return true;
}

async function make(given: Parameters): Promise<void> {
  const tags = {
    [TAG.state]: stateId(),
    [TAG.cluster]: given.text("CLUSTER_ID"),
    [TAG.uid]: given.optional("UID"),
    [TAG.node]: given.name("NODE"),
  };
  await podman(["volume", "create", ...labelFlags(tags), given.name("VOLUME")]);
}

/** Removes a node's data volume with its data; refused by podman while a host uses it. Gone already is fine. */
export async function deleteVolume(given: Parameters): Promise<object> {
  const name = given.name("VOLUME");
  const found = await findVolume(name);
  if (!found) return { name, removed: false };
  const reason = foreign(found.Labels, { clusterId: given.text("CLUSTER_ID"), uid: given.optional("UID") });
  if (reason) return left("volume", name, reason);
  await podman(["volume", "rm", name]);
  return { name, removed: true };
}
