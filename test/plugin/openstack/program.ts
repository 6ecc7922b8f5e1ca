import * as openstack from "@pulumi/openstack";

/** The program of the tests: one key pair, which every OpenStack makes at once; and a network where one is wanted. */
const provider = new openstack.Provider("openstack", { endpointType: "public", maxRetries: 1, allowReauth: true });
const pair = new openstack.compute.Keypair("pair", { publicKey: process.env["PUBLIC_KEY"] ?? "" }, { provider });

export const { name, fingerprint } = pair;

if (process.env["NETWORK"] !== undefined) {
  new openstack.networking.Network("network", { name: process.env["NETWORK"] }, { provider });
}
