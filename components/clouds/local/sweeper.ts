import { stateId } from "../../../contract/folders.ts";
import type { Sweeper, TaggedThing } from "../cloud.ts";
import { listHosts, remove } from "./host.ts";
import { leftBuilders, removeBuilder } from "./images.ts";
import { listNetworks, removeNetwork } from "./network.ts";
import { podman } from "./podman.ts";
import { TAG } from "../tags.ts";
import { listVolumes } from "./volume.ts";

/** Everything on this machine that carries our tags, in the order in which it can be removed; removal by id. */
export const localSweeper: Sweeper = {
  async list({ everybodys } = { everybodys: false }) {
    const [hosts, volumes, networks, builders] = await Promise.all([
      listHosts(),
      listVolumes(),
      listNetworks(),
      leftBuilders(),
    ]);
    const isWanted = everybodys ? () => true : isOf(stateId());
    const things: (TaggedThing | undefined)[] = [
      ...builders
        .filter(({ state }) => isWanted({ [TAG.state]: state }))
        .map(({ id, name }) => ({ kind: "image builder" as const, id, name, clusterId: "" })),
      ...hosts
        .filter((host) => isWanted(host.Labels))
        .map((host) => tagged("machine", host.Id, host.Names[0] ?? host.Id, host.Labels)),
      ...volumes
        .filter((volume) => isWanted(volume.Labels))
        .map((volume) => tagged("volume", volume.Name, volume.Name, volume.Labels)),
      ...networks
        .filter((network) => isWanted(network.labels))
        .map((network) => tagged("network", network.name, network.name, network.labels)),
    ];
    return things.filter((thing) => thing !== undefined);
  },

  async remove({ kind, id }) {
    if (kind === "machine") await remove(id);
    else if (kind === "image builder") await removeBuilder(id);
    else if (kind === "volume") await podman(["volume", "rm", id]);
    else for (const network of await listNetworks(id)) await removeNetwork(network);
  },
};

type Labels = Record<string, string> | null | undefined;

const isOf =
  (state: string) =>
  (labels: Labels): boolean =>
    labels?.[TAG.state] === state;

function tagged(kind: TaggedThing["kind"], id: string, name: string, labels: Labels): TaggedThing | undefined {
  const clusterId = labels?.[TAG.cluster];
  if (clusterId === undefined) return undefined;
  // Hosts and volumes are called like their resources, after the cluster's id.
  const own = name.startsWith(`${clusterId}.`) ? name.slice(clusterId.length + 1) : name;
  const resource = kind === "network" ? `${clusterId.slice(clusterId.lastIndexOf(".") + 1)}-network` : own;
  return { kind, id, name, clusterId, resource };
}
