import { execa } from "execa";
import { globSync, readFileSync } from "node:fs";
import { listNetworks } from "../../components/clouds/local/network.ts";
import { podman } from "../../components/clouds/local/podman.ts";
import { attachedDisks } from "./disks.ts";
import type { Place } from "./place.ts";

/** What on this machine is the box's, as far as it can be seen from outside: by kind, each thing in one line. */
export type Traces = Record<
  "processes" | "control groups" | "listeners" | "links" | "routes" | "rules" | "mounts" | "disks" | "podman",
  string[]
>;

/** Podman's id of the box's container. */
export const boxId = async ({ container }: Place): Promise<string> =>
  (await podman(["inspect", "--format", "{{.Id}}", container])).trim();

/** @param id of the container that there is, or was */
export async function tracesOf(place: Place, id: string): Promise<Traces> {
  const [addresses, routes, rules, listeners, names, networks] = await Promise.all([
    lines("ip", "-oneline", "address"),
    lines("ip", "route"),
    Promise.all([lines("iptables-save"), lines("nft", "list", "ruleset")]),
    lines("ss", "--no-header", "--tcp", "--udp", "--listening", "--numeric", "--processes"),
    podman(["ps", "--all", "--format", "{{.Names}}"]),
    listNetworks(place.container),
  ]);
  const ours = (line: string): boolean => line.includes(`${place.prefix}.`) || line.includes(id);
  return {
    processes: processesIn(id),
    "control groups": globSync(`/sys/fs/cgroup/{*/,*/*/,*/*/*/,}*${id}*`),
    listeners: listeners.filter(ours),
    links: addresses.filter(ours),
    routes: routes.filter(ours),
    rules: rules.flat().filter(ours),
    mounts: readFileSync("/proc/self/mounts", "utf8").split("\n").filter(ours),
    disks: attachedDisks(place),
    podman: [...names.split("\n").filter((name) => name === place.container), ...networks.map(({ name }) => name)],
  };
}

/** Also the servers' processes, and those that somebody moved to another control group of the box's. */
function processesIn(id: string): string[] {
  return globSync("/proc/[0-9]*/cgroup").flatMap((file) => {
    try {
      const pid = file.split("/")[2] ?? "";
      return readFileSync(file, "utf8").includes(id)
        ? [`${pid} ${readFileSync(`/proc/${pid}/comm`, "utf8").trim()}`]
        : [];
    } catch {
      // It ended meanwhile.
      return [];
    }
  });
}

const lines = async (program: string, ...args: string[]): Promise<string[]> =>
  (await execa(program, args)).stdout.split("\n");
