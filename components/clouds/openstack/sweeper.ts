import { stateId } from "../../../contract/folders.ts";
import type { Sweeper, TaggedThing } from "../cloud.ts";
import { TAG } from "../tags.ts";
import type { Port } from "./api/answers.ts";
import type { OpenStackApi } from "./api/client.ts";
import { builders, leftBuilders, removeBuilder } from "./builders.ts";
import { isPlug, unknownParts } from "./parts.ts";
import { marksIn, OURS, ownerOf, type Tagged } from "./tags.ts";

/** Everything in the project that carries our tags, whether any state knows it or not. */
export function openstackSweeper(api: OpenStackApi): Sweeper {
  return {
    async list({ everybodys } = { everybodys: false }) {
      const own = stateId();
      const isWanted = (state: string | undefined): boolean => everybodys || state === own;
      return (await everything(api)).filter(({ state }) => isWanted(state)).map(({ thing }) => thing);
    },

    parts: (known) => unknownParts(api, known),

    async remove(thing) {
      const what = `${thing.kind} ${thing.name}`;
      const path = encodeURIComponent(thing.id);
      switch (thing.kind) {
        case "image builder": {
          const builder = (await builders(api)).find(({ id }) => id === thing.id);
          return builder === undefined ? undefined : removeBuilder(api, builder);
        }
        case "machine":
          await api.remove("compute", `/servers/${path}`, what);
          // Its ports and volumes are free only then.
          return api.gone("compute", `/servers/${path}`, what);
        case "floating IP":
          return api.remove("network", `/floatingips/${path}`, what);
        case "port":
          return api.remove("network", `/ports/${path}`, what);
        case "volume":
          return api.remove("volume", `/volumes/${path}`, what);
        case "router interface": {
          const [port] = await api.ports({ id: thing.id });
          return port === undefined ? undefined : api.unplugRouter(port.device_id, port.id);
        }
        case "subnet":
          return api.remove("network", `/subnets/${path}`, what);
        case "security group rule":
          return api.remove("network", `/security-group-rules/${path}`, what);
        case "router":
          for (const port of await api.ports({ device_id: thing.id })) {
            if (isPlug(port)) await api.unplugRouter(thing.id, port.id);
          }
          return api.remove("network", `/routers/${path}`, what);
        case "network":
          // Its subnets go with it.
          return api.remove("network", `/networks/${path}`, what);
        case "security group":
          return api.remove("network", `/security-groups/${path}`, what);
        case "server group":
          return api.remove("compute", `/os-server-groups/${path}`, what);
        case "key pair":
          return api.remove("compute", `/os-keypairs/${path}`, what);
      }
    },
  };
}

/** With the state folder that made it. */
interface Found {
  thing: TaggedThing;
  state: string | undefined;
}

async function everything(api: OpenStackApi): Promise<Found[]> {
  const [baking, servers, floatingIps, volumes, routers, networks, groups, serverGroups, keyPairs] = await Promise.all([
    leftBuilders(api),
    api.servers(OURS),
    api.floatingIps(),
    (await api.has("volume")) ? api.volumes() : [],
    api.routers(),
    api.networks(),
    api.securityGroups(),
    api.serverGroups(),
    api.keyPairs(),
  ]);
  const tagged = (kind: TaggedThing["kind"]) => (one: Tagged) => {
    const owner = ownerOf(one);
    return found(kind, one.id, one.name, owner?.clusterId, owner?.state);
  };
  const marked = (kind: TaggedThing["kind"]) => (one: { id: string; name: string }) => {
    const marks = marksIn(one.name);
    return found(kind, one.id, one.name, marks?.clusterId, marks?.state);
  };
  const ports = await orphans(
    api,
    groups.filter((group) => ownerOf(group) !== undefined),
    servers.map(({ id }) => id),
  );
  // Nova lists a server for a while after nothing is left of it.
  const there = servers.filter(({ status }) => status !== "DELETED");
  return [
    ...baking.flatMap(({ id, name, state }) => found("image builder", id, name, "", state)),
    ...there.flatMap(tagged("machine")),
    ...floatingIps.map((ip) => ({ ...ip, name: ip.floating_ip_address })).flatMap(tagged("floating IP")),
    ...ports.flatMap(tagged("port")),
    ...volumes.flatMap(({ id, name, metadata }) =>
      metadata[OURS] === undefined ? [] : found("volume", id, name ?? id, metadata[TAG.cluster], metadata[TAG.state]),
    ),
    ...routers.flatMap(tagged("router")),
    ...networks.flatMap(tagged("network")),
    ...groups.flatMap(tagged("security group")),
    ...serverGroups.flatMap(marked("server group")),
    ...keyPairs.map((name) => ({ id: name, name })).flatMap(marked("key pair")),
  ];
}

function found(
  kind: TaggedThing["kind"],
  id: string,
  name: string,
  clusterId: string | undefined,
  state: string | undefined,
): Found[] {
  return clusterId === undefined ? [] : [{ thing: { kind, id, name: name || id, clusterId }, state }];
}

/**
 * Ports that servers left behind: of a failed creation, or of one whose removal went wrong. They carry no tags, but the
 * cluster's security groups.
 */
async function orphans(api: OpenStackApi, groups: readonly Tagged[], servers: readonly string[]): Promise<Tagged[]> {
  const alive = new Map(servers.map((id) => [id, true]));
  const isAlive = async (id: string): Promise<boolean> => {
    const known = alive.get(id) ?? (await api.hasServer(id));
    alive.set(id, known);
    return known;
  };
  const left = new Map<string, Tagged>();
  for (const group of groups) {
    for (const port of await api.ports({ security_groups: group.id })) {
      if (await isLeft(port, isAlive)) left.set(port.id, { ...group, id: port.id, name: port.name });
    }
  }
  return [...left.values()];
}

async function isLeft(port: Port, isAlive: (server: string) => Promise<boolean>): Promise<boolean> {
  if (port.device_id === "") return true;
  return port.device_owner.startsWith("compute:") && !(await isAlive(port.device_id));
}
