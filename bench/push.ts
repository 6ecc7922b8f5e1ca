/** How does configuring nodes by Muster's runner compare with pushing the same roles by `ansible-playbook`? */
import type { Account } from "./measure/accounted.ts";
import type { Bundle } from "../runner/bundle/index.ts";
import { FreshHosts, type Pools } from "./measure/fresh-hosts.ts";
import { machineLine } from "./measure/machine.ts";
import { runReady } from "./measure/runner-side.ts";
import { repeated, runsWanted } from "./measure/runs.ts";
import { median, resultTable, type Row, seconds, times } from "./measure/table.ts";
import { push, type Way } from "./push/push-side.ts";
import { withUnstartedBundle } from "./push/unstarted.ts";

interface Costs {
  ours: Account;
  files: Account;
  trees: Account;
}

/** At least so many times less than pushing takes. */
interface Target {
  wall: number;
  cpu?: number;
}

/** Wall and processor time of all ways, each on hosts that were just made. */
async function compare(hosts: FreshHosts, bundle: Bundle): Promise<Costs> {
  await hosts.renew();
  const { identity, state } = hosts;
  // Nothing is started, so nobody could be asked who leaves. Hosts here see the machine's own artifacts.
  const job = { ...hosts.job(bundle.sha), checks: [], leave: [], artifacts: [] };
  const ours = await runReady(job, { identity, bundle, state });
  const paths = await writtenPaths(hosts);
  const written = await contents(hosts, paths);
  if (written.length < 1000) throw new Error("the runner wrote next to nothing");
  const pushed = async (way: Way): Promise<Account> => {
    await hosts.renew();
    const account = await push(hosts, way);
    if ((await contents(hosts, paths)) !== written) throw new Error(`pushing by ${way} did not write the same files`);
    return account;
  };
  return { ours, files: await pushed("files"), trees: await pushed("trees") };
}

const LIST = `
import glob, json
records = [json.load(open(name)) for name in glob.glob("/var/lib/muster/files/*.json")]
print(json.dumps(sorted({path for record in records for path in record if not path.startswith("/etc/muster/daemons/")})))
`;

/** Each node's files that the roles' trees consist of, but for the daemons' manifests. */
async function writtenPaths(hosts: FreshHosts): Promise<Map<string, string>> {
  const lists = hosts.nodes.map(async (node): Promise<[string, string]> => {
    const { stdout } = await hosts.inside(node).run(["python3", "-c", LIST]);
    return [node, stdout];
  });
  return new Map(await Promise.all(lists));
}

const SHOW = `
import hashlib, json, os, sys
for path in json.loads(sys.argv[1]):
    stat = os.stat(path)
    print(path, oct(stat.st_mode), stat.st_uid, stat.st_gid, hashlib.sha256(open(path, "rb").read()).hexdigest())
`;

/** Names, owners, modes and contents of files. */
async function contents(hosts: FreshHosts, paths: ReadonlyMap<string, string>): Promise<string> {
  const lists = hosts.nodes.map((node) => hosts.inside(node).run(["python3", "-c", SHOW, paths.get(node) ?? "[]"]));
  return (await Promise.all(lists)).map(({ stdout }) => stdout).join("\n");
}

function rowsOf(count: number, runs: readonly Costs[], target: Target): Row[] {
  const nodes = count === 1 ? "1 host" : `${count} hosts`;
  const of = (side: keyof Costs, what: keyof Account, share = 1) => runs.map((run) => Number(run[side][what]) / share);
  const ratio = (side: Way, what: keyof Account) => runs.map((run) => Number(run[side][what]) / Number(run.ours[what]));
  const wall = ratio("files", "seconds");
  const cpu = ratio("files", "cpuSeconds");
  return [
    { what: `${nodes}: wall, runner`, value: seconds(of("ours", "seconds")) },
    { what: `${nodes}: wall, push`, value: seconds(of("files", "seconds")) },
    { what: `${nodes}: wall, ratio`, value: times(wall), target: `≥ ${target.wall}×`, ok: median(wall) >= target.wall },
    { what: `${nodes}: wall, push of trees`, value: seconds(of("trees", "seconds")) },
    { what: `${nodes}: wall, ratio to trees`, value: times(ratio("trees", "seconds")) },
    { what: `${nodes}: control side's s a node, runner`, value: seconds(of("ours", "cpuSeconds", count), 2) },
    { what: `${nodes}: control side's s a node, push`, value: seconds(of("files", "cpuSeconds", count), 2) },
    {
      ...{ what: `${nodes}: control side's s, ratio`, value: times(cpu) },
      // One host pays alone for what starts once.
      ...(target.cpu === undefined ? {} : { target: `≥ ${target.cpu}×`, ok: median(cpu) >= target.cpu }),
    },
    { what: `${nodes}: control side's s a node, push of trees`, value: seconds(of("trees", "cpuSeconds", count), 2) },
    { what: `${nodes}: control side's s, ratio to trees`, value: times(ratio("trees", "cpuSeconds")) },
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
      const runs = await repeated(runsWanted(3), () => compare(hosts, bundle));
      process.stdout.write(`\n${resultTable(rowsOf(count, runs, target))}\n`);
    } finally {
      await hosts.close();
    }
  }
});
