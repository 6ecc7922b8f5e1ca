import { existsSync, readFileSync, statfsSync } from "node:fs";
import { hardLimit, hasSysResource, type MachineFacts } from "./machine-needs.ts";
import { asRoot, run } from "../../process.ts";

const CGROUP2_MAGIC = 0x63677270;

let facts: Promise<MachineFacts> | undefined;

/** What podman's flags depend on. A few small reads, once per process; root's own limits by sudo for anybody else. */
export const readMachine = (): Promise<MachineFacts> => (facts ??= look());

async function look(): Promise<MachineFacts> {
  const [status, limits] = await rootsOwn();
  return {
    cgroup2: statfsSync("/sys/fs/cgroup").type === CGROUP2_MAGIC,
    systemd: existsSync("/run/systemd/system"),
    mayRaiseLimits: hasSysResource(status),
    openFiles: hardLimit(limits, "Max open files"),
    processes: hardLimit(limits, "Max processes"),
    pidMax: Number(readFileSync("/proc/sys/kernel/pid_max", "utf8")),
    apparmor: readIf("/sys/module/apparmor/parameters/enabled").startsWith("Y"),
    selinux: existsSync("/sys/fs/selinux/enforce"),
    fuse: existsSync("/dev/fuse"),
  };
}

/** Status and limits of a process of root's. */
async function rootsOwn(): Promise<[string, string]> {
  if (process.getuid?.() === 0) return [readIf("/proc/self/status"), readIf("/proc/self/limits")];
  const { stdout } = await run(asRoot(["cat", "/proc/self/status", "/proc/self/limits"]), { timeout: 10 });
  return [stdout, stdout];
}

/** A file's text; empty when it is not there. */
export function readIf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
