import { createHash } from "node:crypto";
import { join } from "node:path";
import { stateFolder } from "../../contract/folders.ts";

/** The services that are asked directly. */
export type Service = "identity" | "compute" | "image" | "network" | "placement" | "volume";

/** Names and addresses of one box. */
export interface Place {
  /** Of the container and of its network: a box of some name exists once a machine, whoever started it. */
  container: string;
  /** What addresses begin with: outside of everything that local clusters get. */
  prefix: string;
  subnet: string;
  /** The machine's own bridge. */
  gateway: string;
  /** On the bridge, so that the machine reaches them without a route. */
  floatingIps: { start: string; end: string };
  /** Where the services answer. */
  services: Record<Service, string>;
  /**
   * Name of the hypervisor's folder of servers' disks. Once a box is dead, the kernel tells their paths from the root of
   * the volume on, so it is one of a kind.
   */
  disks: string;
  /** What the box leaves for its user: credentials, and the journal of a start that failed. */
  folder: string;
  /** For `OS_CLIENT_CONFIG_FILE`: the entries `box` (application credential), `box-user` (password) and `box-admin`. */
  cloudsFile: string;
}

const CONTAINER = "muster-openstack";

/** As the recipe in `images/box` has it; a box of another name puts its own there when it starts. */
const PREFIX = "172.24.4";

/** Where the box of a name is; without one the usual box. */
export function placeOf(name?: string): Place {
  const suffix = name === undefined ? "" : `-${name}`;
  const container = `${CONTAINER}${suffix}`;
  const prefix =
    name === undefined ? PREFIX : `172.24.${16 + ((createHash("sha256").update(name).digest()[0] ?? 0) % 200)}`;
  const address = `${prefix}.2`;
  const folder = join(stateFolder(), `openstack-box${suffix}`);
  return {
    container,
    prefix,
    subnet: `${prefix}.0/24`,
    gateway: `${prefix}.1`,
    floatingIps: { start: `${prefix}.16`, end: `${prefix}.250` },
    services: {
      identity: `http://${address}:5000/v3`,
      compute: `http://${address}:8774/v2.1`,
      image: `http://${address}:9292/v2`,
      network: `http://${address}:9696/v2.0`,
      placement: `http://${address}:8778`,
      // Only where servers have no machines.
      volume: `http://${address}:8776/v3`,
    },
    disks: `${container}-servers`,
    folder,
    cloudsFile: join(folder, "clouds.yaml"),
  };
}

/** Of a throw-away cloud that only this machine reaches. */
export const ADMIN = { user: "admin", password: "secret", project: "admin" } as const;

/** Name of the image of servers. */
export const SERVER_IMAGE = "debian-12";
