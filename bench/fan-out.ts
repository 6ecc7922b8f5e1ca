/** How long does the runner take for 100 hosts that need 10 s each, and what does it cost the control side? */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RunSummary } from "../contract/summary.ts";
import { buildBundle } from "../runner/bundle/index.ts";
import { hostSeconds } from "./measure/host-account.ts";
import { LightHosts } from "./measure/light-hosts.ts";
import { machineLine } from "./measure/machine.ts";
import { every, memoryOf } from "./measure/processes.ts";
import { runReady } from "./measure/runner-side.ts";
import { repeated, runsWanted } from "./measure/runs.ts";
import { mebibytes, median, resultTable, seconds, type Row } from "./measure/table.ts";

const count = 100;
const nodeSeconds = 10;
const overhead = 10;

interface Fanned {
  wall: number;
  cpu: number;
  hosts: number;
  /** Bytes; 0 where it was not looked at. */
  peak: number;
}

/** @param weighed whether memory is looked at: that takes a processor half a second of the run */
async function fanOut({ sameMachine, weighed }: { sameMachine: boolean; weighed: boolean }): Promise<Fanned> {
  const hosts = new LightHosts();
  try {
    await hosts.open(count, nodeSeconds, sameMachine);
    const bundle = hosts.bundle(statSync((await buildBundle()).path).size);
    const job = hosts.job(bundle.sha);
    const before = await hostSeconds(hosts.container);
    let peak = 0;
    let stop = (): Promise<void> => Promise.resolve();
    const begun = (pid: number): void => {
      if (!weighed) return;
      stop = every(500, () => {
        // The program that keeps the account is not Muster's.
        const shares = memoryOf(pid).filter((share) => share.pid !== pid);
        peak = Math.max(
          peak,
          shares.reduce((sum, { pss }) => sum + pss, 0),
        );
      });
    };
    const { identity, state } = hosts;
    const run = await runReady(job, { identity, bundle, state, begun }).finally(() => stop());
    const summary = JSON.parse(
      readFileSync(join(state, "muster/clusters", job.cluster.id, "last.json"), "utf8"),
    ) as RunSummary;
    if (summary.done !== count || summary.nodes.some((node) => node.changed !== true))
      throw new Error("not all were configured");
    return { wall: run.seconds, cpu: run.cpuSeconds, hosts: (await hostSeconds(hosts.container)) - before, peak };
  } finally {
    await hosts.close();
  }
}

/** One way's rows; only the way that a target is about is held against it. */
function rows(runs: readonly Fanned[], what: string, target: boolean): Row[] {
  const of = (figure: keyof Fanned, share = 1): number[] => runs.map((run) => run[figure] / share);
  const walls = of("wall");
  const limit = { target: `≤ ${nodeSeconds + overhead} s`, ok: median(walls) <= nodeSeconds + overhead };
  return [
    { what: `${what}: wall`, value: seconds(walls), ...(target ? limit : {}) },
    { what: "beyond the hosts' own 10 s", value: seconds(walls.map((wall) => wall - nodeSeconds)) },
    { what: "control side's processor time a host", value: seconds(of("cpu", count), 3) },
    { what: "the hosts' own processor time, all on this machine too, a host", value: seconds(of("hosts", count), 3) },
  ];
}

process.stdout.write(`${machineLine()}\n\n`);
const near = await repeated(runsWanted(1), () => fanOut({ sameMachine: true, weighed: false }));
const far = await repeated(runsWanted(1), () => fanOut({ sameMachine: false, weighed: true }));
const peak = median(far.map((run) => run.peak));
const table = resultTable([
  ...rows(near, `${count} new hosts that take ${nodeSeconds} s each`, true),
  ...rows(far, "the same, logged in to as if they were elsewhere", false),
  { what: "control side's memory, peak", value: mebibytes(peak), target: `≤ ${mebibytes(500e6)}`, ok: peak <= 500e6 },
]);
process.stdout.write(`${table}\n`);
