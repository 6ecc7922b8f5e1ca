import { z } from "zod";
import type { Tunnel } from "../../contract/job.ts";
import { subnetsOverlap } from "../addressing.ts";
import { ipv4, wholeNumber } from "../config/fields.ts";
import type { Mistake } from "../mistake.ts";
import type { ServiceContext, ServiceDefinition } from "../service.ts";

const vpnOptions = z.strictObject({
  port: wholeNumber(1024, 65535).default(51820).describe("UDP port of the first master. Default 51820."),
  // Of the range for carriers' own networks (RFC 6598), which neither clusters nor homes use.
  address: ipv4()
    .default("100.64.0.1")
    .describe("Address of your machine in the tunnel, for when another of yours has it. Default 100.64.0.1."),
});

/**
 * Clouds' own networks often carry 1442 or 1450 bytes in a packet, of which WireGuard takes up to 80: so nothing has to be
 * cut on the way.
 */
const MTU = 1360;

export type VpnOptions = z.output<typeof vpnOptions>;

/** WireGuard on the first master, which is a bastion unless told otherwise: the cluster's network on the operator's machine. */
export const vpn: ServiceDefinition<VpnOptions> = {
  name: "vpn",
  description: "WireGuard from your machine into the cluster's network",
  options: vpnOptions,
  daemons: {
    // No heap; `wireguard-go`, where the kernel has no WireGuard, was measured at 9 MiB.
    wireguard: { on: "master", instances: "one", ports: {}, heap: () => 0, nonHeap: 16 },
  },
  requires: [],
  roles: ["vpn"],
  toolsOn: [],
  managesMembers: [],
  // To all masters, since rules are by role: where nothing listens nothing answers.
  extraRules: ({ options: { port } }) => [
    { name: "vpn from operator", to: ["master"], protocol: "udp", ports: [port, port], source: "operator" },
  ],
  refuse,
  settings: ({ options, subnet }) => ({ ...options, subnet, mtu: MTU }),
  tunnel,
  endpoints: (context) => ({
    vpn: `UDP ${context.options.port} of ${context.theNodeWith("wireguard").name}; for wg-quick: $MUSTER_VPN of ./muster env`,
  }),
  checks: (context) => [
    {
      name: "vpn: tunnel",
      service: "vpn",
      on: [context.theNodeWith("wireguard").name],
      mode: "each",
      run: ["vpn/tunnel"],
      timeoutSeconds: 60,
      required: false,
    },
  ],
};

function tunnel(context: ServiceContext<VpnOptions>): Tunnel {
  const { port, address } = context.options;
  return { node: context.theNodeWith("wireguard").name, port, address, mtu: MTU };
}

function refuse({ options: { address }, subnet }: ServiceContext<VpnOptions>): Mistake[] {
  if (!subnetsOverlap(`${address}/32`, subnet)) return [];
  const allowed = `an address outside of the cluster's subnet ${subnet}, which lies behind the tunnel`;
  return [{ path: "services.vpn.address", found: address, allowed }];
}
