import { rmSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../../contract/atomic-file.ts";
import { clusterFolder } from "../../contract/folders.ts";
import type { Job } from "../../contract/job.ts";
import { tunnelKeys } from "./keys.ts";

/** A network interface's name, which the file gives it, has at most so many characters. */
const LONGEST_INTERFACE = 15;

/** Writes the operator's end of the tunnel, for `wg-quick`; takes it away where the cluster has none. */
export function writeTunnelConfig(job: Job, seed: string): void {
  const folder = join(clusterFolder(job.cluster.id), "vpn");
  const file = join(folder, `${job.cluster.name.slice(0, LONGEST_INTERFACE)}.conf`);
  const text = tunnelConfig(job, seed);
  if (text === undefined) rmSync(folder, { recursive: true, force: true });
  else writeAtomically(file, text);
}

/** The file's text; undefined without a tunnel. */
export function tunnelConfig({ cluster, nodes, tunnel }: Job, seed: string): string | undefined {
  const end = nodes.find(({ name }) => name === tunnel?.node);
  if (tunnel === undefined || end === undefined) return undefined;
  const keys = tunnelKeys(seed);
  const { subnet } = end.view.cluster;
  const { masters } = end.view;
  return `# The way into ${subnet} of ${cluster.id}, by ${end.name}. Written by each run; who has this file is inside.
# Names: ${end.view.cluster.domain} is served by ${masters.map(({ address }) => address).join(", ")}.
[Interface]
PrivateKey = ${keys.operator.private}
Address = ${tunnel.address}/32
MTU = ${tunnel.mtu}

[Peer]
PublicKey = ${keys.node.public}
PresharedKey = ${keys.shared}
Endpoint = ${end.ssh.address}:${tunnel.port}
AllowedIPs = ${subnet}
# Whoever translates addresses on the way forgets a silent connection.
PersistentKeepalive = 25
`;
}
