import { existsSync, readFileSync, statfsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { TAG } from "../tags.ts";
import type { PodmanContainer } from "./host.ts";
import { readIf, readMachine } from "./machine.ts";
import { listNetworks, type PodmanNetwork } from "./network.ts";
import { podman, podmanList } from "./podman.ts";
import { type Stranger, strangersAmong } from "./strangers.ts";
import { listVolumes } from "./volume.ts";

/** What this machine has, at one moment. Sizes in MiB. */
export interface Readings {
  podman: PodmanState;
  hosts: PodmanContainer[];
  networks: PodmanNetwork[];
  /** In clusters' networks. */
  strangers: Stranger[];
  /** Names of data volumes. */
  volumes: string[];
  memoryAvailable: number;
  /** Memory that running hosts hold now, by container id. */
  memoryUsed: Record<string, number>;
  /** Free in podman's store. */
  diskFree: number;
  /** Names of images in podman's store. */
  images: string[];
  /** fs.inotify.max_user_instances. */
  inotifyInstances: number;
  routes: Route[];
}

export interface PodmanState {
  /** Why podman could not be asked; absent when it answered. */
  problem?: string;
  version?: string;
  networkBackend?: string;
  /** Programs that hosts need and that are not on this machine. */
  missing: string[];
}

export interface Route {
  /** CIDR. */
  subnet: string;
  device: string;
}

interface PodmanInfo {
  host: { networkBackend?: string };
  store: { graphRoot: string };
  version: { Version: string };
}

const SYSTEM_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"];
const FALLBACK_STORE = "/var/lib";

/** Looks at everything once. Never fails: what cannot be asked is said in `podman.problem`. */
export async function takeReadings(): Promise<Readings> {
  const { cgroup2 } = await readMachine();
  const missing = ["podman", "iptables", ...(cgroup2 ? [] : ["runc"])].filter((program) => !onPath(program));
  const machine = {
    memoryAvailable: availableMemory(),
    inotifyInstances: inotifyLimit(),
    routes: routesIn(readIf("/proc/net/route")),
  };
  const none = { hosts: [], networks: [], strangers: [], volumes: [], memoryUsed: {}, images: [] };
  const unknown: Readings = { ...machine, ...none, podman: { missing }, diskFree: freeDisk(FALLBACK_STORE) };
  if (missing.includes("podman")) return unknown;
  try {
    const [infoText, containers, networks, volumes, images] = await Promise.all([
      podman(["info", "--format", "json"], { timeout: 120 }),
      podmanList<PodmanContainer>(["ps", "--all"]),
      listNetworks(),
      listVolumes(),
      podmanList<{ Names?: string[] | null }>(["images"]),
    ]);
    const info = JSON.parse(infoText) as PodmanInfo;
    const { networkBackend } = info.host;
    const hosts = containers.filter(({ Labels }) => Labels?.[TAG.cluster] !== undefined);
    return {
      ...machine,
      podman: { missing, version: info.version.Version, ...(networkBackend === undefined ? {} : { networkBackend }) },
      hosts,
      networks,
      strangers: await strangersAmong(containers, networks),
      volumes: volumes.map((volume) => volume.Name),
      memoryUsed: Object.fromEntries(hosts.map((host) => [host.Id, heldMemory(host)])),
      diskFree: freeDisk(info.store.graphRoot),
      images: images.flatMap(({ Names }) => Names ?? []),
    };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { ...unknown, podman: { missing, problem } };
  }
}

/** IPv4 routes from `/proc/net/route`, the default route left out. */
export function routesIn(table: string): Route[] {
  const rows = table
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
  return rows.flatMap(([device, destination, , , , , , mask]) => {
    if (!device || !destination || !mask || mask === "00000000") return [];
    const bits = [...dotted(mask)].reduce((sum, byte) => sum + ones(byte), 0);
    return [{ device, subnet: `${dotted(destination).join(".")}/${bits}` }];
  });
}

/** The kernel prints addresses as numbers of its own byte order: little-endian wherever we run. */
const dotted = (hex: string): number[] => [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));

const ones = (byte: number): number => byte.toString(2).replaceAll("0", "").length;

function onPath(program: string): boolean {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...SYSTEM_FOLDERS];
  return folders.some((folder) => folder !== "" && existsSync(join(folder, program)));
}

function availableMemory(): number {
  const [, kibibytes = "0"] = /^MemAvailable:\s+(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8")) ?? [];
  return Math.floor(Number(kibibytes) / 1024);
}

const inotifyLimit = (): number => Number(readIf("/proc/sys/fs/inotify/max_user_instances"));

function freeDisk(folder: string): number {
  const { bavail, bsize } = statfsSync(existsSync(folder) ? folder : FALLBACK_STORE);
  return Math.floor((bavail * bsize) / 2 ** 20);
}

/** What a host's processes hold, without caches, which count as available. 0 when it cannot be told. */
function heldMemory({ Id, Pid, State }: PodmanContainer): number {
  if (State !== "running") return 0;
  const lines = readIf(`/proc/${Pid}/cgroup`).split("\n");
  const group = lines.find((line) => /:memory:/.test(line)) ?? lines.find((line) => line.startsWith("0::")) ?? "";
  const [own] = /\/.*?libpod-[0-9a-f]{64}[^/]*/.exec(group) ?? [];
  if (own === undefined || !own.includes(Id)) return 0;
  const root = group.startsWith("0::") ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
  const [, bytes = "0"] = /^(?:total_rss|anon) (\d+)/m.exec(readIf(join(root, own, "memory.stat"))) ?? [];
  return Math.floor(Number(bytes) / 2 ** 20);
}
