import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { podman } from "../../components/clouds/local/podman.ts";

/** What a host holds, by the kernel's own account of its control group. Bytes. */
export interface HostMemory {
  host: string;
  /** Memory of its processes that no file stands behind. */
  anonymous: number;
  /** All but the file pages that were not used lately: what the host needs to go on as it does. */
  workingSet: number;
  /** Everything, the page cache that any host fills up to its limit included. */
  usage: number;
}

export async function hostMemory(host: string): Promise<HostMemory> {
  const [folder, isOld] = await groupOf(host, "memory");
  // Version 1 counts a group's own pages apart from the whole tree's.
  const [total, usageFile, anonymous] = isOld
    ? ["total_", "memory.usage_in_bytes", "rss"]
    : ["", "memory.current", "anon"];
  const stat = readFileSync(join(folder, "memory.stat"), "utf8");
  const field = (name: string): number => fieldOf(stat, `${total}${name}`);
  const usage = Number(readFileSync(join(folder, usageFile), "utf8"));
  return { host, anonymous: field(anonymous), workingSet: usage - field("inactive_file"), usage };
}

/** Processor seconds of everything that ever ran on a host. */
export async function hostSeconds(host: string): Promise<number> {
  const [folder, isOld] = await groupOf(host, "cpuacct");
  if (isOld) return Number(readFileSync(join(folder, "cpuacct.usage"), "utf8")) / 1e9;
  return fieldOf(readFileSync(join(folder, "cpu.stat"), "utf8"), "usage_usec") / 1e6;
}

/** A host's control group, and whether it is one of version 1, where each controller has a tree of its own. */
async function groupOf(host: string, controller: string): Promise<[folder: string, isOld: boolean]> {
  const group = (await podman(["inspect", "--format", "{{.State.CgroupPath}}", host])).trim();
  const old = join("/sys/fs/cgroup", controller, group);
  return existsSync(old) ? [old, true] : [join("/sys/fs/cgroup", group), false];
}

const fieldOf = (text: string, name: string): number =>
  Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1] ?? Number.NaN);
