import { z } from "zod";

/*
 * What is read of the cloud's answers, by the names that its API references have. Fields that nobody here needs are
 * left out, so that a newer or an older cloud is no obstacle.
 */

const tags = z.array(z.string()).default([]);
const absent = z.string().nullish();

export const server = z.object({
  id: z.string(),
  name: z.string(),
  status: z.string(),
  metadata: z.record(z.string(), z.string()).default({}),
  tags,
  /** Empty text for a server that boots from a volume. */
  image: z.union([z.object({ id: z.string() }), z.literal("")]).nullish(),
  fault: z.object({ message: z.string() }).optional(),
});
export type Server = z.output<typeof server>;

export const flavor = z.object({
  id: z.string(),
  name: z.string(),
  vcpus: z.number(),
  /** MiB. */
  ram: z.number(),
  /** GiB; 0 = as large as the image. */
  disk: z.number(),
});
export type Flavor = z.output<typeof flavor>;

export const image = z.looseObject({
  id: z.string(),
  name: z.string().nullish(),
  status: z.string(),
  /** GiB and MiB that it asks for. */
  min_disk: z.number().default(0),
  min_ram: z.number().default(0),
  /** Bytes as stored, and unpacked. */
  size: z.number().nullish(),
  virtual_size: z.number().nullish(),
  created_at: z.string(),
});
export type Image = z.output<typeof image>;

export const network = z.object({
  id: z.string(),
  name: z.string(),
  "router:external": z.boolean().default(false),
  subnets: z.array(z.string()).default([]),
  description: absent,
  tags,
});
export type Network = z.output<typeof network>;

export const subnet = z.object({
  id: z.string(),
  name: z.string(),
  network_id: z.string(),
  cidr: z.string(),
  gateway_ip: absent,
  tags,
});
export type Subnet = z.output<typeof subnet>;

/** Whatever is only found by its name and tags. */
export const named = z.object({ id: z.string(), name: z.string(), description: absent, tags });
export type Named = z.output<typeof named>;

export const securityGroup = named.extend({
  security_group_rules: z.array(z.object({ id: z.string(), description: absent })).default([]),
});
export type SecurityGroup = z.output<typeof securityGroup>;

export const floatingIp = z.object({
  id: z.string(),
  floating_ip_address: z.string(),
  port_id: absent,
  description: absent,
  tags,
});
export type FloatingIp = z.output<typeof floatingIp>;

export const port = z.object({
  id: z.string(),
  name: z.string(),
  network_id: z.string(),
  device_id: z.string().default(""),
  device_owner: z.string().default(""),
  security_groups: z.array(z.string()).default([]),
  fixed_ips: z.array(z.object({ ip_address: z.string(), subnet_id: absent })).default([]),
});
export type Port = z.output<typeof port>;

export const volume = z.object({
  id: z.string(),
  name: z.string().nullish(),
  status: z.string(),
  metadata: z.record(z.string(), z.string()).default({}),
});
export type Volume = z.output<typeof volume>;

export const serverGroup = z.object({ id: z.string(), name: z.string(), members: z.array(z.string()).default([]) });
export type ServerGroup = z.output<typeof serverGroup>;

export const keyPair = z.object({ keypair: z.object({ name: z.string() }) });

export const zone = z.object({ zoneName: z.string(), zoneState: z.object({ available: z.boolean() }) });

/** -1 = without limit. */
const count = z.number();

export const computeLimits = z.object({
  limits: z.object({
    absolute: z.object({
      maxTotalInstances: count,
      totalInstancesUsed: count,
      maxTotalCores: count,
      totalCoresUsed: count,
      maxTotalRAMSize: count,
      totalRAMUsed: count,
      maxServerGroups: count.default(-1),
      totalServerGroupsUsed: count.default(0),
      maxServerGroupMembers: count.default(-1),
    }),
  }),
});

export const volumeLimits = z.object({
  limits: z.object({
    absolute: z.object({
      maxTotalVolumes: count,
      totalVolumesUsed: count,
      maxTotalVolumeGigabytes: count,
      totalGigabytesUsed: count,
    }),
  }),
});

export const networkQuota = z.object({
  quota: z.record(z.string(), z.object({ limit: count, used: count, reserved: count.default(0) })),
});
