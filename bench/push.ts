/** How does configuring nodes by Muster's runner compare with pushing the same roles by `ansible-playbook`? */
import type { Bundle } from "../runner/bundle/index.ts";
import { FreshHosts, type Pools } from "./measure/fresh-hosts.ts";
import { machineLine } from "./measure/machine.ts";
import { runReady } from "./measure/runner-side.ts";
import { repeated, runsWanted } from "./measure/runs.ts";
import { median, resultTable, type Row, seconds, times } from "./measure/table.ts";
import { push } from "./push/push-side.ts";
import { withUnstartedBundle } from "./push/unstarted.ts";

interface Pair {
  ours: { seconds: number; cpuSeconds: number };
  theirs: { seconds: number; cpuSeconds: number };
}

/** At least so many times less than pushing takes. */
interface Target {
  wall: number;
  cpu?: number;
}

/** Wall and processor time of both ways, each on hosts that were just made. */
async function compare(hosts: FreshHosts, bundle: Bundle): Promise<Pair> {
  await hosts.renew();
  const { identity, state } = hosts;
  // Nothing is started, so nobody could be asked who leaves.
  const job = { ...hosts.job(bundle.sha), checks: [], leave: [] };
  const ours = await runReady(job, { identity, bundle, state });
  const written = await writtenFiles(hosts);
  await hosts.renew();
  const theirs = await push(hosts);
  if (written.length < 1000 || (await writtenFiles(hosts)) !== written)
    throw new Error("the two ways did not write the same files");
  return { ours, theirs };
}

const LIST_FILES = `
import glob, hashlib, json, os
records = [json.load(open(name)) for name in glob.glob("/var/lib/muster/files/*.json")]
for path in sorted(path for record in records for path in record if not path.startswith("/etc/muster/daemons/")):
    stat = os.stat(path)
    print(path, oct(stat.st_mode), stat.st_uid, stat.st_gid, hashlib.sha256(open(path, "rb").read()).hexdigest())
`;

/** Names, owners, modes and contents of all files that the roles' trees wrote, but for the daemons' manifests. */
async function writtenFiles(hosts: FreshHosts): Promise<string> {
  const lists = hosts.nodes.map((node) => hosts.inside(node).run(["python3", "-c", LIST_FILES]));
  return (await Promise.all(lists)).map(({ stdout }) => stdout).join("\n");
}

function rowsOf(count: number, pairs: readonly Pair[], target: Target): Row[] {
  const nodes = count === 1 ? "1 host" : `${count} hosts`;
  const wall = pairs.map(({ ours, theirs }) => theirs.seconds / ours.seconds);
  const cpu = pairs.map(({ ours, theirs }) => theirs.cpuSeconds / ours.cpuSeconds);
  const of = (side: keyof Pair, what: "seconds" | "cpuSeconds", share = 1) =>
    pairs.map((pair) => pair[side][what] / share);
  return [
    { what: `${nodes}: wall, runner`, value: seconds(of("ours", "seconds")) },
    { what: `${nodes}: wall, push`, value: seconds(of("theirs", "seconds")) },
    { what: `${nodes}: wall, ratio`, value: times(wall), target: `≥ ${target.wall}×`, ok: median(wall) >= target.wall },
    {
      what: `${nodes}: control side's processor time a node, runner`,
      value: seconds(of("ours", "cpuSeconds", count), 2),
    },
    {
      what: `${nodes}: control side's processor time a node, push`,
      value: seconds(of("theirs", "cpuSeconds", count), 2),
    },
    {
      ...{ what: `${nodes}: processor time, ratio`, value: times(cpu) },
      // One host pays alone for what starts once.
      ...(target.cpu === undefined ? {} : { target: `≥ ${target.cpu}×`, ok: median(cpu) >= target.cpu }),
    },
  ];
}

const shapes: { count: number; pools: Pools; target: Target }[] = [
  {
    count: 1,
    pools: { all: { roles: ["master", "worker"], count: 1, memory: "4 GiB" } },
    target: { wall: 2.5 },
  },
  { count: 8, pools: { master: { count: 1 }, worker: { count: 7 } }, target: { wall: 1.5, cpu: 15 } },
];

process.stdout.write(`${machineLine()}\n`);
await withUnstartedBundle(async (bundle) => {
  for (const { count, pools, target } of shapes) {
    const hosts = new FreshHosts("bench", pools);
    try {
      await hosts.open();
      const pairs = await repeated(runsWanted(3), () => compare(hosts, bundle));
      process.stdout.write(`\n${resultTable(rowsOf(count, pairs, target))}\n`);
    } finally {
      await hosts.close();
    }
  }
});
