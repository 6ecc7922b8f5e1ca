import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { podman } from "../../components/clouds/local/podman.ts";
import { Inside } from "../hosts/inside.ts";

/** Names of everything of one kind that carries a cluster's tag. */
export async function tagged(kind: "container" | "volume" | "network", clusterId: string): Promise<string[]> {
  const filter = ["--filter", `label=muster.cluster=${clusterId}`];
  const list: Record<typeof kind, string[]> = {
    container: ["ps", "--all", ...filter, "--format", "{{.Names}}"],
    volume: ["volume", "ls", ...filter, "--format", "{{.Name}}"],
    network: ["network", "ls", ...filter, "--format", "{{.Name}}"],
  };
  return (await podman(list[kind])).split("\n").filter((name) => name !== "");
}

/** Names of everything that carries a cluster's tag. */
export async function remains(clusterId: string): Promise<string[]> {
  const kinds = ["container", "volume", "network"] as const;
  return (await Promise.all(kinds.map((kind) => tagged(kind, clusterId)))).flat();
}

/** Ids of a cluster's containers by name: a container that was made anew has another one. */
export async function containerIds(clusterId: string): Promise<Record<string, string>> {
  const names = await tagged("container", clusterId);
  const entries = names.map(async (name) => [name, (await podman(["inspect", "--format", "{{.Id}}", name])).trim()]);
  return Object.fromEntries(await Promise.all(entries)) as Record<string, string>;
}

/** How often anybody ever logged in to a host by SSH, asked without SSH. */
export async function logins(container: string): Promise<number> {
  const journal = await new Inside(container).sh("journalctl --no-pager -o cat -t sshd");
  return journal.split("\n").filter((line) => line.startsWith("Accepted ")).length;
}

/** This machine's processes, this one and its parent left out. */
export function runningProcesses(): { pid: number; argv: string[] }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid) && name !== String(process.ppid))
    .flatMap((pid) => {
      try {
        const argv = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
        return [{ pid: Number(pid), argv }];
      } catch {
        return [];
      }
    });
}

/** Command lines of this machine's processes that mention a text. */
export const processesMentioning = (text: string): string[] =>
  runningProcesses()
    .map(({ argv }) => argv.join(" "))
    .filter((line) => line.includes(text));

/** All packet filter rules of this machine, whichever tool wrote them. */
export function packetRules(): string {
  const ask = (program: string, ...args: string[]): string => {
    try {
      return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    } catch {
      return "";
    }
  };
  return ask("nft", "list", "ruleset") + ask("iptables-save");
}
