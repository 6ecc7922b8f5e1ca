import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import type { Job, JobNode } from "../../contract/job.ts";
import { formattedServices, readJournal } from "../../contract/journal.ts";
import { askNode } from "../access.ts";
import type { ClusterName } from "../environment.ts";
import { table } from "../progress/lines.ts";
import { lastJob } from "../record.ts";
import { sshConfig } from "../ssh.ts";

/** How long a node may take to answer, seconds. */
const DEADLINE = 40;

const answer = z.union([
  z.object({ holdings: z.array(z.object({ path: z.string(), files: z.number(), bytes: z.number() })) }),
  z.object({ error: z.string() }),
]);

/** One thing that would be lost, as columns of a table. */
export type Holding = readonly string[];

/** How to ask a service what it holds. */
interface Probe {
  /** Who knows it: the nodes with this daemon. */
  daemon: string;
  /** What they run, given `request` on its stdin; as root where folders are closed to everybody else. */
  program: string;
  asRoot?: true;
  request: (job: Job, hosts: readonly JobNode[]) => unknown;
}

const probes: Readonly<Record<string, Probe>> = {
  hdfs: {
    daemon: "namenode",
    program: "hdfs.py",
    request: (job, hosts) => {
      const urls = [job.endpoints["hdfs-web"], ...hosts.map((node) => `http://${node.view.node.fqdn}:9870`)];
      return { urls: [...new Set(urls.filter(Boolean))], scratch: scratchFolders(hosts) };
    },
  },
  nfs: sharedFolders("nfs", "/etc/muster/nfs/nfs.json", false),
  glusterfs: sharedFolders("glusterd", "/etc/muster/glusterfs/glusterfs.json", true),
};

/** @param mounted Whether the folders are mounts on the node that is asked. */
function sharedFolders(daemon: string, settings: string, mounted: boolean): Probe {
  return { daemon, program: "shared-folders.py", asRoot: true, request: () => ({ settings, mounted }) };
}

/**
 * What would be lost with a cluster, for people; empty when it certainly holds no data. Who cannot be asked is
 * taken to hold data when its store was ever formatted.
 * @param known Whether the engine's state holds anything of the cluster.
 */
export async function dataOf(cluster: ClusterName, known: boolean): Promise<Holding[]> {
  const job = lastJob(cluster.id);
  const formatted = formattedServices(readJournal(cluster.id));
  if (job === undefined) return known ? [["nothing is known here of what it holds"]] : [];
  const told = formatted.map((service) => {
    const probe = probes[service];
    const inUse = [[`${service}: its store is in use`]];
    return probe === undefined ? Promise.resolve(inUse) : dataIn(service, probe, cluster, job);
  });
  return (await Promise.all(told)).flat();
}

async function dataIn(service: string, probe: Probe, cluster: ClusterName, job: Job): Promise<Holding[]> {
  const hosts = job.nodes.filter((node) => node.view.node.daemons.includes(probe.daemon));
  if (!existsSync(sshConfig(cluster))) return [[`${service}: was formatted, and there is no way to log in and ask it`]];
  const program = readFileSync(new URL(probe.program, import.meta.url), "utf8");
  const command = `${probe.asRoot ? "sudo -n " : ""}python3 -c ${shellWord(program)}`;
  const request = JSON.stringify(probe.request(job, hosts));
  let reason = `no node has its ${probe.daemon}`;
  for (const host of hosts) {
    const printed = await askNode(cluster, host.name, command, DEADLINE, request);
    const told = parse(printed.stdout);
    if (told !== undefined && "holdings" in told) return told.holdings.map((one) => line(service, one));
    reason = told?.error ?? lastLine(printed.stderr) ?? `no answer within ${DEADLINE} s`;
  }
  return [[`${service}: was formatted, and cannot be asked what it holds (${reason})`]];
}

/** Folders whose files are jobs' own leavings, as the plan marked them. */
function scratchFolders(hosts: readonly JobNode[]): string[] {
  const settings = hosts.map((node) => planned.safeParse(node.view.services["hdfs"]));
  return settings.flatMap(
    ({ data }) => data?.directories.filter(({ scratch }) => scratch).map(({ path }) => path) ?? [],
  );
}

const planned = z.object({ directories: z.array(z.object({ path: z.string(), scratch: z.boolean().default(false) })) });

const shellWord = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const line = (service: string, one: { path: string; files: number; bytes: number }): Holding => [
  `${service}: ${one.path}`,
  `${one.files} ${one.files === 1 ? "file" : "files"}, ${bytes(one.bytes)}`,
];

/** The first of many, and how many there are besides: nobody may believe that this is all. */
export function holdingsText(data: readonly Holding[], most = 20): string {
  const more = data.length - most;
  return [table(data.slice(0, most)), ...(more > 0 ? [`  and ${more} more`] : [])].join("\n");
}

/** `3.2 GiB`. */
export function bytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  const power = count < 1 ? 0 : Math.min(Math.floor(Math.log2(count) / 10), units.length - 1);
  const value = count / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}

function parse(text: string): z.infer<typeof answer> | undefined {
  try {
    return answer.parse(JSON.parse(text.trim().split("\n").at(-1) ?? ""));
  } catch {
    return undefined;
  }
}

const lastLine = (text: string): string | undefined => text.trim().split("\n").at(-1) || undefined;
