/** Does adding a worker cost more in a larger cluster? Hosts without services: what is measured is the growing itself. */
import { Inside } from "../test/hosts/inside.ts";
import { logins } from "../test/e2e/machine.ts";
import { BenchCluster } from "./measure/dev-cluster.ts";
import { machineLine } from "./measure/machine.ts";
import { repeated, runsWanted } from "./measure/runs.ts";
import { markdown, median, seconds, times } from "./measure/table.ts";

const sizes = [4, 8] as const;
const mostRatio = 1.2;

/** What one `up` that adds a worker took, and did to the nodes that were there before. */
interface Growth {
  wall: number;
  cpu: number;
  /** Nodes that were configured again. */
  touched: number;
  /** Of each: it is asked once whether it has everything. */
  logins: number;
  /** Tasks that changed something. */
  changes: number;
  /** KiB that came to each over the network. */
  kibibytes: number;
}

interface Traces {
  logins: number;
  kibibytes: number;
}

async function tracesOn(hosts: readonly string[]): Promise<Traces> {
  const each = hosts.map(async (host) => {
    const counters = await new Inside(host).sh("cat /sys/class/net/eth0/statistics/rx_bytes");
    return { logins: await logins(host), kibibytes: Number(counters) / 1024 };
  });
  const sum = (what: keyof Traces, all: readonly Traces[]): number => all.reduce((total, one) => total + one[what], 0);
  const all = await Promise.all(each);
  return { logins: sum("logins", all), kibibytes: sum("kibibytes", all) };
}

/** Tasks that changed something when the node was configured last. */
async function changesOn(host: string): Promise<number> {
  const last = await new Inside(host).sh("tail -n 1 /var/lib/muster/runs/prepare.events");
  return (JSON.parse(last) as { changed?: number }).changed ?? 0;
}

async function grow(cluster: BenchCluster, workers: number): Promise<Growth> {
  const before = await cluster.hosts();
  const traces = await tracesOn(before);
  setWorkers(cluster, workers + 1);
  const { seconds: wall, cpuSeconds: cpu } = await cluster.succeed(["up"]);
  const after = await tracesOn(before);
  const changed = new Set(cluster.summary().nodes.flatMap((node) => (node.changed === true ? [node.name] : [])));
  const touched = before.filter((host) => changed.has(host.split(".").at(-1) ?? ""));
  const changes = await Promise.all(touched.map(changesOn));
  return {
    ...{ wall, cpu, touched: touched.length, changes: changes.reduce((sum, one) => sum + one, 0) },
    logins: (after.logins - traces.logins) / before.length,
    kibibytes: (after.kibibytes - traces.kibibytes) / before.length,
  };
}

const setWorkers = (cluster: BenchCluster, count: number): void =>
  cluster.change({
    services: [],
    pools: { master: { count: 1, memory: "512 MiB" }, worker: { count, memory: "512 MiB" } },
  });

/** One cluster that is of each size once. */
async function growths(): Promise<Growth[]> {
  const cluster = new BenchCluster();
  try {
    await cluster.warm();
    return await repeated(sizes.length, async (at) => {
      setWorkers(cluster, sizes[at] ?? 0);
      await cluster.succeed(["up"]);
      return grow(cluster, sizes[at] ?? 0);
    });
  } finally {
    await cluster.remove();
  }
}

process.stdout.write(`${machineLine()}\n\n`);
const runs = await repeated(runsWanted(1), growths);
const row = (what: string, field: keyof Growth, show: (values: number[]) => string): string[] => {
  const [small = [], large = []] = sizes.map((_, at) => runs.map((run) => run[at]?.[field] ?? Number.NaN));
  const ratio = median(large) === median(small) ? 1 : median(large) / median(small);
  return [what, show(small), show(large), times(ratio, 2), `< ${mostRatio}×`, ratio < mostRatio ? "yes" : "**no**"];
};
const plain = (values: number[]): string => median(values).toFixed(0);
const head = ["a worker added", ...sizes.map((size) => `to ${size} workers`), "ratio", "target", "met"];
const table = markdown(head, [
  row("up, wall", "wall", seconds),
  row("up, control side's processor time", "cpu", seconds),
  row("other nodes configured again", "touched", plain),
  row("logins on each other node", "logins", plain),
  row("changed tasks on other nodes", "changes", plain),
  row("KiB received by each other node", "kibibytes", plain),
]);
process.stdout.write(`${table}\n`);
