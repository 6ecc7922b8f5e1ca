import type { Flavor, Image } from "../../components/clouds/openstack/api/answers.ts";
import type { Credentials } from "../../components/clouds/openstack/credentials.ts";
import {
  type OpenStackOptions,
  type OpenStackOptionsInput,
  readOptions,
} from "../../components/clouds/openstack/options.ts";
import type { Readings } from "../../components/clouds/openstack/readings.ts";

export const image: Image = {
  id: "image-1",
  name: "debian-12",
  status: "active",
  min_disk: 0,
  min_ram: 0,
  size: 500_000_000,
  virtual_size: 2 * 2 ** 30,
  created_at: "2030-01-01T00:00:00Z",
};

export const flavors: Flavor[] = [
  { id: "f-large", name: "m1.large", vcpus: 4, ram: 16384, disk: 40 },
  { id: "f-tiny", name: "m1.tiny", vcpus: 1, ram: 512, disk: 1 },
  { id: "f-small", name: "m1.small", vcpus: 1, ram: 2048, disk: 20 },
];

const network = (id: string, name: string, external: boolean) => ({
  id,
  name,
  "router:external": external,
  subnets: [],
  tags: [],
});

/** A project with nothing in it, and room for everything. */
export const readings: Readings = {
  source: "the OS_* variables",
  servers: [],
  flavors,
  baked: [],
  images: [image],
  otherImages: [],
  zones: ["nova", "north"],
  keyPairs: ["mine"],
  serverGroups: [],
  networks: [network("n-public", "public", true), network("n-lab", "lab", false)],
  subnets: [{ id: "s-lab", name: "lab", network_id: "n-lab", cidr: "192.168.0.0/20", tags: [] }],
  routers: [{ id: "r-edge", name: "edge", tags: [] }],
  securityGroups: [{ id: "g-default", name: "default", tags: [], security_group_rules: [] }],
  floatingIps: [{ id: "ip-1", floating_ip_address: "203.0.113.10", tags: [] }],
  ports: [],
  volumes: [],
  quotas: {},
  serverGroupMembers: Infinity,
};

export const credentials: Credentials = {
  source: "the OS_* variables",
  authUrl: "http://keystone/v3",
  login: { identity: { password: "hunter2" } },
  endpointType: "public",
};

export const options = (given: Partial<OpenStackOptionsInput> = {}): OpenStackOptions =>
  readOptions({ image: "debian-12", ...given });
