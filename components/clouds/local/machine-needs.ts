/** What this machine is, as far as podman's flags depend on it. */
export interface MachineFacts {
  /** Whether /sys/fs/cgroup is the pure version 2 hierarchy. */
  cgroup2: boolean;
  /** Whether the machine itself was started by systemd. */
  systemd: boolean;
  /** Whether root may raise limits beyond the hard ones (CAP_SYS_RESOURCE). */
  mayRaiseLimits: boolean;
  /** Hard limits of root's processes. */
  openFiles: number;
  processes: number;
  /** kernel.pid_max. */
  pidMax: number;
  apparmor: boolean;
  selinux: boolean;
  /** Whether its kernel mounts what programs serve. */
  fuse: boolean;
}

const CAP_SYS_RESOURCE = 24n;

/**
 * Global flags of podman, only where its own defaults do not work.
 * crun refuses hybrid hierarchies; without systemd there is no one to make cgroups and no journal for events.
 */
export function engineFlags(facts: MachineFacts): string[] {
  return [
    ...(facts.cgroup2 ? [] : ["--runtime", "runc"]),
    ...(facts.systemd ? [] : ["--cgroup-manager", "cgroupfs", "--events-backend", "file"]),
  ];
}

/** Flags of `podman run` that depend on the machine. */
export function hostFlags(facts: MachineFacts): string[] {
  return [
    ...limitFlags(facts),
    ...(facts.apparmor ? unconfined("apparmor") : []),
    ...(facts.selinux ? unconfined("label") : []),
    // Mounts by programs: users without any rights may open it, so a host's root gains nothing but that.
    ...(facts.fuse ? ["--device", "/dev/fuse"] : []),
  ];
}

/**
 * A root without CAP_SYS_RESOURCE cannot give a container more than it has itself. Podman lowers its own process limit
 * to pid_max first. An explicit limit replaces the whole default list, so both are given.
 */
export function limitFlags(facts: MachineFacts): string[] {
  if (facts.mayRaiseLimits) return [];
  const processes = Math.min(facts.processes, facts.pidMax);
  return ["--ulimit", `nofile=${facts.openFiles}:${facts.openFiles}`, "--ulimit", `nproc=${processes}:${processes}`];
}

/** Both profiles forbid the mounts with which systemd sandboxes its services. */
const unconfined = (profile: "apparmor" | "label"): string[] => [
  "--security-opt",
  profile === "label" ? "label=disable" : "apparmor=unconfined",
];

/** Whether a process status (`/proc/…/status`) shows CAP_SYS_RESOURCE among the effective capabilities. */
export function hasSysResource(status: string): boolean {
  const [, mask] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return mask !== undefined && ((BigInt(`0x${mask}`) >> CAP_SYS_RESOURCE) & 1n) === 1n;
}

/** A hard limit from `/proc/…/limits`; unlimited is the largest number podman takes. */
export function hardLimit(limits: string, name: "Max open files" | "Max processes"): number {
  const line = limits.split("\n").find((text) => text.startsWith(name)) ?? "";
  const [, hard] = line.slice(name.length).trim().split(/\s+/);
  return hard === undefined || hard === "unlimited" ? 1_048_576 : Number(hard);
}
