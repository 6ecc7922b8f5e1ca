/** How long does a user wait: for a cluster, for a run with nothing to do, for the end of it, for a plan of 1000 nodes? */
import { readFileSync } from "node:fs";
import { specFromArgs } from "../plan/config/read.ts";
import { planCluster } from "../plan/plan-cluster.ts";
import { logins } from "../test/e2e/machine.ts";
import { BenchCluster, type Timed } from "./measure/dev-cluster.ts";
import { machineLine } from "./measure/machine.ts";
import { repeated, runsWanted } from "./measure/runs.ts";
import { median, resultTable, type Row, seconds } from "./measure/table.ts";

/** Seconds. */
const targets = { up: 60, again: 6, down: 15, plan: 1 };
const agains = 3;

interface Life {
  up: Timed;
  pi: string;
  again: Timed[];
  /** What the runs with nothing to do did on nodes all the same: logins, runs of the runner. */
  done: number;
  down: Timed;
}

async function life(): Promise<Life> {
  const cluster = new BenchCluster();
  try {
    await cluster.warm();
    const up = await cluster.succeed(["up"]);
    const pi = cluster.summary().checks.find(({ name }) => name === "mapreduce: Pi");
    if (pi?.ok !== true) throw new Error("up ended well, but nothing says that Pi was computed");
    const hosts = await cluster.hosts();
    const traces = async (): Promise<number> => {
      const counts = await Promise.all(hosts.map(logins));
      const runs = readFileSync(cluster.path("journal.jsonl"), "utf8").trimEnd().split("\n").length;
      return counts.reduce((sum, count) => sum + count, runs);
    };
    const before = await traces();
    const again = await repeated(agains, () => cluster.succeed(["up"]));
    const done = (await traces()) - before;
    return { up, pi: pi.detail, again, done, down: await cluster.down() };
  } finally {
    await cluster.remove();
  }
}

/** Seconds that the plan of 1000 nodes takes, once everything is loaded. */
function planSeconds(): number {
  const pools = { master: { count: 3, memory: "16 GiB" }, worker: { count: 997, memory: "8 GiB" } };
  const spec = specFromArgs("big", { pools, subnet: "10.0.0.0/16" });
  const startedAt = performance.now();
  const { nodes } = planCluster(spec, { project: "muster", stack: "bench", cloud: "local" });
  if (nodes.length !== 1000) throw new Error(`planned ${nodes.length} nodes`);
  return (performance.now() - startedAt) / 1000;
}

function timedRow(what: string, runs: readonly Timed[], target: number): Row[] {
  const wall = runs.map((run) => run.seconds);
  const cpu = runs.map((run) => run.cpuSeconds);
  return [
    { what, value: seconds(wall), target: `≤ ${target} s`, ok: median(wall) <= target },
    { what: `${what}: control side's processor time`, value: seconds(cpu) },
  ];
}

const lives = await repeated(runsWanted(1), life);
const done = lives.reduce((sum, one) => sum + one.done, 0);
const plans = await repeated(5, () => Promise.resolve(planSeconds()));
const rows: Row[] = [
  ...timedRow(
    "warm up to verified Pi",
    lives.map(({ up }) => up),
    targets.up,
  ),
  ...timedRow(
    "second up",
    lives.flatMap(({ again }) => again),
    targets.again,
  ),
  { what: "second up: logins and runs on nodes", value: String(done), target: "0", ok: done === 0 },
  ...timedRow(
    "down",
    lives.map(({ down }) => down),
    targets.down,
  ),
  {
    what: "plan of 1000 nodes",
    value: seconds(plans, 2),
    target: `≤ ${targets.plan} s`,
    ok: median(plans) <= targets.plan,
  },
];
process.stdout.write(`${machineLine()}\n\n${resultTable(rows)}\n\nPi: ${lives[0]?.pi ?? ""}\n`);
