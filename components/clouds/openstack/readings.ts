import type { OpenStackApi } from "./api/client.ts";
import type {
  Flavor,
  FloatingIp,
  Image,
  Named,
  Network,
  Port,
  SecurityGroup,
  Server,
  ServerGroup,
  Subnet,
  Volume,
} from "./api/answers.ts";
import type { OpenStackOptions } from "./options.ts";
import { isBaked } from "./baked-name.ts";
import { OURS } from "./tags.ts";

/** What the cloud allows, and how much of it is taken. */
export interface Quota {
  /** Infinity without one. */
  limit: number;
  used: number;
}

/** What quotas are kept of; in the order in which they are shown. */
export const COUNTED = [
  "instances",
  "cores",
  "RAM",
  "server groups",
  "ports",
  "security groups",
  "security group rules",
  "networks",
  "subnets",
  "routers",
  "floating IPs",
  "volumes",
  "gigabytes",
] as const;
export type Counted = (typeof COUNTED)[number];

/** Everything that was seen of the cloud at one moment. */
export interface Readings {
  /** Where it is, for people. */
  source: string;
  servers: Server[];
  flavors: Flavor[];
  /** Those that the options' image may be, the newest first. */
  images: Image[];
  /** Those that were baked, the newest first. */
  baked: Image[];
  /** Names of some others, for people who named none that is there. */
  otherImages: string[];
  zones: string[];
  keyPairs: string[];
  serverGroups: ServerGroup[];
  networks: Network[];
  subnets: Subnet[];
  routers: Named[];
  securityGroups: SecurityGroup[];
  floatingIps: FloatingIp[];
  /** Of the existing network that is to be used. */
  ports: Port[];
  /** Our own; undefined where the cloud has no volumes. */
  volumes: Volume[] | undefined;
  /** Of those that the cloud tells. */
  quotas: Partial<Record<Counted, Quota | undefined>>;
  /** Most members of a server group. */
  serverGroupMembers: number;
}

/** Looks at everything at once: as long as the slowest answer. */
export async function takeReadings(api: OpenStackApi, options: OpenStackOptions, source: string): Promise<Readings> {
  const volumes = async <Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> =>
    (await api.has("volume")) ? ask() : undefined;
  const [
    compute,
    storage,
    quota,
    networks,
    images,
    ownImages,
    servers,
    flavors,
    zones,
    keyPairs,
    serverGroups,
    subnets,
    routers,
    groups,
    floating,
    own,
  ] = await Promise.all([
    api.computeLimits(),
    volumes(() => api.volumeLimits()),
    api.networkQuota(),
    api.networks(),
    candidates(api, options.image),
    api.ownImages(),
    api.servers(OURS),
    api.flavors(),
    api.zones(),
    options.keyPair === undefined ? [] : api.keyPairs(),
    api.serverGroups(),
    api.subnets(),
    api.routers(),
    api.securityGroups(),
    api.floatingIps(),
    volumes(() => api.volumes()),
  ]);
  const found = options.network === undefined ? undefined : oneOf(networks, options.network);
  const network = (name: string): Quota | undefined => {
    const one = quota?.[name];
    return one === undefined ? undefined : { limit: limit(one.limit), used: one.used + one.reserved };
  };
  const quotas: Readings["quotas"] = {
    instances: { limit: limit(compute.maxTotalInstances), used: compute.totalInstancesUsed },
    cores: { limit: limit(compute.maxTotalCores), used: compute.totalCoresUsed },
    RAM: { limit: limit(compute.maxTotalRAMSize), used: compute.totalRAMUsed },
    "server groups": { limit: limit(compute.maxServerGroups), used: compute.totalServerGroupsUsed },
    ports: network("port"),
    "security groups": network("security_group"),
    "security group rules": network("security_group_rule"),
    networks: network("network"),
    subnets: network("subnet"),
    routers: network("router"),
    "floating IPs": network("floatingip"),
    volumes: storage && { limit: limit(storage.maxTotalVolumes), used: storage.totalVolumesUsed },
    gigabytes: storage && { limit: limit(storage.maxTotalVolumeGigabytes), used: storage.totalGigabytesUsed },
  };
  return {
    source,
    servers,
    flavors,
    images,
    baked: ownImages.filter(isBaked),
    otherImages: images.length > 0 ? [] : await imageNames(api),
    zones,
    keyPairs,
    serverGroups,
    networks,
    subnets,
    routers,
    securityGroups: groups,
    floatingIps: floating,
    ports: found === undefined ? [] : await api.ports({ network_id: found.id }),
    volumes: own,
    quotas,
    serverGroupMembers: limit(compute.maxServerGroupMembers),
  };
}

const limit = (value: number): number => (value < 0 ? Infinity : value);

/** Images that a name, an id or some properties mean, newest first. */
async function candidates(api: OpenStackApi, wanted: OpenStackOptions["image"]): Promise<Image[]> {
  if (typeof wanted === "string") {
    const [byName, byId] = await Promise.all([api.images({ name: wanted }), api.images({ id: wanted })]);
    return byName.length > 0 ? byName : byId.filter(({ id }) => id === wanted);
  }
  const { name, properties } = wanted;
  const found = await api.images({ ...properties, ...(name === undefined ? {} : { name }) });
  // What was baked has inherited the properties of what it was made of.
  return name === undefined ? found.filter((image) => !isBaked(image)) : found;
}

async function imageNames(api: OpenStackApi): Promise<string[]> {
  return [...new Set((await api.images()).flatMap(({ name }) => name ?? []))].sort();
}

/** The one of a name or an id; of several with that name the first. */
export const oneOf = <Thing extends { id: string; name: string }>(
  things: readonly Thing[],
  wanted: string,
): Thing | undefined => things.find(({ id }) => id === wanted) ?? things.find(({ name }) => name === wanted);

/** The network to the outside: the one named, or the only one there is. */
export function externalNetwork(
  readings: Readings,
  { externalNetwork: wanted }: OpenStackOptions,
): Network | undefined {
  const outside = readings.networks.filter((network) => network["router:external"]);
  if (wanted !== undefined) return oneOf(outside, wanted);
  return outside.length === 1 ? outside[0] : undefined;
}
