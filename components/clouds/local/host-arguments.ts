import { hostFlags, type MachineFacts } from "./machine-needs.ts";
import { TAG } from "../tags.ts";
import { labelFlags } from "./tags.ts";

/** One host as wanted. */
export interface HostWish {
  /** Podman's name. */
  name: string;
  node: string;
  fqdn: string;
  /** The state folder's id. */
  state: string;
  clusterId: string;
  uid: string;
  kind: string;
  pool: string;
  ordinal: number;
  /** Comma-separated role tags. */
  roles: string;
  address: string;
  network: string;
  /** Podman's name of the data volume; empty without one. */
  volume: string;
  /** MiB. */
  memory: number;
  cpus: number;
  generation: number;
  loginUser: string;
  /** Public key of the user CA. */
  userCa: string;
  /** Addresses, separated by spaces. */
  resolvers: string;
  /** Folder of unpacked artifacts on this machine. */
  artifacts: string;
  image: string;
  /** The versions that a baked image was made with, as text; empty where it was not baked. */
  bakedWith: string;
}

/**
 * What systemd, sshd, nftables and the daemons' sandboxes need beyond podman's default capabilities. Not SYS_TIME (the
 * clock is the machine's), SYS_MODULE, SYS_RAWIO, SYS_RESOURCE or SYS_BOOT; seccomp and masked paths stay podman's.
 */
const CAPABILITIES = [
  "NET_ADMIN",
  "SYS_ADMIN",
  "DAC_READ_SEARCH",
  "NET_RAW",
  "AUDIT_WRITE",
  "SYS_PTRACE",
  "SYS_NICE",
  "MKNOD",
];

/** Podman's own unit of CPU time: 1024 is the default share of one container. */
const SHARES_PER_CPU = 1024;

/**
 * Arguments of `podman run` that make and start a host in one step, so that a crash leaves either nothing or a host that
 * only needs a start: what its first boot needs is in its environment, hence in podman's own records.
 * @param options.reserve Reserve the address with podman. Without, podman gives any, and the host takes its own at boot.
 */
export function runArguments(
  host: HostWish,
  facts: MachineFacts,
  { reserve = true }: { reserve?: boolean } = {},
): string[] {
  return [
    ...["run", "--detach", "--pull=never", "--name", host.name, "--hostname", host.node],
    // A private cgroup namespace, so that systemd and Java see the host's own limits on version 1 too.
    ...["--systemd=always", "--cgroupns=private", "--cap-add", CAPABILITIES.join(","), ...hostFlags(facts)],
    // Comes back when it reboots itself, and with the machine.
    "--restart=always",
    // The proxies of whoever makes a host, and their passwords, are his: podman would hand them on.
    "--http-proxy=false",
    ...["--network", host.network, ...(reserve ? ["--ip", host.address] : [])],
    // The same whenever the host is made again: nobody's neighbour table goes stale.
    ...["--mac-address", macOf(host.address)],
    // Podman would write these two files again at every start, over what the roles wrote.
    ...["--no-hosts", "--dns", "none"],
    ...["--memory", `${host.memory}m`, "--memory-swap", `${host.memory}m`, "--pids-limit", "0"],
    // Shares, not a quota: an idle machine's CPUs are used, a busy one's divided fairly.
    ...["--cpu-shares", String(host.cpus * SHARES_PER_CPU)],
    ...["--volume", `${host.artifacts}:/srv/muster/artifacts:ro`],
    ...(host.volume === "" ? [] : ["--volume", `${host.volume}:/data`]),
    ...labelFlags(tagsOf(host)),
    ...firstBoot(host).flatMap((variable) => ["--env", variable]),
    host.image,
  ];
}

/** A locally administered hardware address that holds the IPv4 address. */
function macOf(address: string): string {
  const bytes = [0x02, 0x4d, ...address.split(".").map(Number)];
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

const tagsOf = (host: HostWish): Record<string, string> => ({
  [TAG.state]: host.state,
  [TAG.cluster]: host.clusterId,
  [TAG.uid]: host.uid,
  [TAG.kind]: host.kind,
  [TAG.node]: host.node,
  [TAG.pool]: host.pool,
  [TAG.ordinal]: String(host.ordinal),
  [TAG.roles]: host.roles,
  [TAG.generation]: String(host.generation),
  [TAG.address]: host.address,
});

/** What `images/local`'s first boot reads; nothing in it is secret. */
const firstBoot = (host: HostWish): string[] => [
  `MUSTER_FQDN=${host.fqdn}`,
  `MUSTER_ADDRESS=${host.address}`,
  `MUSTER_LOGIN_USER=${host.loginUser}`,
  `MUSTER_USER_CA=${host.userCa}`,
  `MUSTER_RESOLVERS=${host.resolvers}`,
];

/** Resolvers that a container can reach: the machine's own, without those that listen on its loopback only. */
export function outsideResolvers(...resolvConfs: string[]): string[] {
  for (const text of resolvConfs) {
    const found = [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, address = ""]) => address);
    const usable = found.filter(
      (address) => !address.startsWith("127.") && !address.startsWith("::1") && !address.includes("%"),
    );
    if (usable.length > 0) return usable;
  }
  return [];
}
