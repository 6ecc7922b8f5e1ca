/** How much memory do the control side, during `up`, and the hosts of a dev cluster, when it is ready, take? */
import { BenchCluster } from "./measure/dev-cluster.ts";
import { hostMemory } from "./measure/host-account.ts";
import { machineLine } from "./measure/machine.ts";
import { every, memoryOf, type MemoryShare } from "./measure/processes.ts";
import { markdown, mebibytes, resultTable } from "./measure/table.ts";

const LOOK_MS = 250;
const limits = { control: 500e6, hosts: 3e9 };

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const total = (shares: readonly MemoryShare[]): number => sum(shares.map(({ pss }) => pss));

/** One line a program, the largest first. */
function byProgram(shares: readonly MemoryShare[]): string {
  const rows = [...Map.groupBy(shares, ({ name }) => name)]
    .toSorted(([, a], [, b]) => total(b) - total(a))
    .map(([name, own]) => [name, String(own.length), mebibytes(total(own))]);
  return markdown(["control side at its peak", "processes", "PSS"], rows);
}

const cluster = new BenchCluster();
try {
  await cluster.warm();
  const looks: MemoryShare[][] = [];
  let stop = (): Promise<void> => Promise.resolve();
  await cluster.succeed(["up"], (pid) => {
    stop = every(LOOK_MS, () => void looks.push(memoryOf(pid)));
  });
  await stop();
  const peak = looks.reduce((most, look) => (total(look) > total(most) ? look : most), []);
  const hosts = await Promise.all((await cluster.hosts()).sort().map(hostMemory));
  const of = (part: "anonymous" | "workingSet" | "usage"): number => sum(hosts.map((host) => host[part]));
  const rows = [
    ["control side during up, peak", total(peak), limits.control] as const,
    ["three hosts when ready, working set", of("workingSet"), limits.hosts] as const,
  ].map(([what, value, limit]) => {
    return { what, value: mebibytes(value), target: `≤ ${mebibytes(limit)}`, ok: value <= limit };
  });
  const perHost = hosts.map(({ host, anonymous, workingSet, usage }) => {
    return [host.split(".").at(-1) ?? host, ...[anonymous, workingSet, usage].map(mebibytes)];
  });
  const hostTable = markdown(["host when ready", "anonymous", "working set", "with page cache"], perHost);
  process.stdout.write(`${[machineLine(), resultTable(rows), byProgram(peak), hostTable].join("\n\n")}\n`);
} finally {
  await cluster.remove();
}
