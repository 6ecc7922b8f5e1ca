import { join } from "node:path";
import { stateFolder } from "../../contract/folders.ts";

/** Names and addresses of the box. The recipe in `images/box` has the addresses too. */

/** Of the container and of its network: one box a machine, whoever started it. */
export const BOX = "muster-openstack";

/** Outside of everything that local clusters get. The machine's own bridge is the gateway. */
export const SUBNET = "172.24.4.0/24";
export const GATEWAY = "172.24.4.1";
const ADDRESS = "172.24.4.2";

/** Floating IPs: on the bridge, so that the machine reaches them without a route. */
export const FLOATING_IPS = { start: "172.24.4.16", end: "172.24.4.250" };

/** Where the services answer. */
export const SERVICES = {
  identity: `http://${ADDRESS}:5000/v3`,
  compute: `http://${ADDRESS}:8774/v2.1`,
  image: `http://${ADDRESS}:9292/v2`,
  network: `http://${ADDRESS}:9696/v2.0`,
  placement: `http://${ADDRESS}:8778`,
} as const;

export type Service = keyof typeof SERVICES;

/** Of a throw-away cloud that only this machine reaches. */
export const ADMIN = { user: "admin", password: "secret", project: "admin" } as const;

/** Name of the image of servers. */
export const SERVER_IMAGE = "debian-12";

/** What the box leaves for its user: credentials, and the journal of a start that failed. */
export const boxFolder = (): string => join(stateFolder(), "openstack-box");

/** For `OS_CLIENT_CONFIG_FILE`: the entries `box` (application credential), `box-user` (password) and `box-admin`. */
export const cloudsFile = (): string => join(boxFolder(), "clouds.yaml");
