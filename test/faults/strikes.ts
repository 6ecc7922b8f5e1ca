import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { podman } from "../../components/clouds/local/podman.ts";
import type { Checkout, Printed } from "../e2e/checkout.ts";
import { tagged } from "../e2e/machine.ts";
import { endOf, type BreakableCluster, reaches, type Run } from "./breakable-cluster.ts";
import { fraction, type Moment } from "./moments.ts";
import { isEngine, isRunner, isSsh, processesOf, strayProcessesOf, told, type Worker } from "./processes-of.ts";

const SECOND = 1000;

/** Something that breaks a run. */
export interface Strike {
  name: string;
  /** Who is struck is only there once the runner works. */
  needs?: "runner";
  /**
   * Starts a run, breaks it at a moment, and sees that it ends in time and as it should. Resolves with false when the run
   * ended before that moment came.
   */
  breakRun: (cluster: BreakableCluster, moment: Moment) => Promise<boolean>;
}

export const strikes: Strike[] = [
  {
    name: "the engine killed",
    breakRun: async (cluster, moment) => {
      const run = cluster.start();
      if (!(await reaches(run, moment))) return false;
      return killEngine(cluster, run);
    },
  },
  {
    name: "the runner killed",
    needs: "runner",
    breakRun: async (cluster, moment) => {
      const run = cluster.start();
      if (!(await reaches(run, moment))) return false;
      const runner = await oneOf(cluster, run, isRunner);
      if (runner === undefined) return false;
      kill(runner);
      expectFailure(await endOf(run, 120 * SECOND));
      return true;
    },
  },
  {
    name: "a host killed",
    needs: "runner",
    breakRun: async (cluster, moment) => {
      const run = cluster.start();
      if (!(await reaches(run, moment))) return false;
      const hosts = (await tagged("container", cluster.id)).sort();
      const host = hosts[Math.floor(fraction(`host ${moment.index}`) * hosts.length)] ?? "";
      const pid = Number(await podman(["inspect", "--format", "{{.State.Pid}}", host]));
      assert.ok(pid > 1, `${host} does not run`);
      process.kill(pid, "SIGKILL");
      // It comes back by itself, as a machine does after a power cut: the run may still make use of it, or tell.
      const printed = await endOf(run, 600 * SECOND);
      assert.ok([0, 1, 3].includes(printed.code), printed.stderr);
      return true;
    },
  },
  {
    name: "everything killed at once, and the hosts stopped",
    breakRun: async (cluster, moment) => {
      const run = cluster.start();
      if (!(await reaches(run, moment))) return false;
      crash(cluster.checkout);
      const hosts = await tagged("container", cluster.id);
      if (hosts.length > 0) await podman(["stop", "--time", "0", ...hosts]).catch(() => undefined);
      await endOf(run, 10 * SECOND);
      return true;
    },
  },
  {
    name: "Ctrl-C once",
    breakRun: async (cluster, moment) => {
      const run = cluster.startOnTerminal();
      if (!(await reaches(run, moment))) return false;
      run.terminal.type("\x03");
      expectInterrupted(await endOf(run, 45 * SECOND));
      return true;
    },
  },
  {
    name: "TERM",
    breakRun: async (cluster, moment) => {
      const run = cluster.start();
      if (!(await reaches(run, moment))) return false;
      run.child.kill("SIGTERM");
      expectInterrupted(await endOf(run, 45 * SECOND));
      return true;
    },
  },
  {
    name: "the terminal closed",
    breakRun: async (cluster, moment) => {
      const run = cluster.startOnTerminal();
      if (!(await reaches(run, moment))) return false;
      run.terminal.close();
      // Nobody is left to be told anything.
      assert.equal((await endOf(run, 45 * SECOND)).code, 1);
      return true;
    },
  },
];

/** Kills the engine and sees its runner end with it, then the command line; false when the run was over before. */
export async function killEngine(cluster: Pick<BreakableCluster, "checkout">, run: Run): Promise<boolean> {
  const engine = await oneOf(cluster, run, isEngine);
  if (engine === undefined) return false;
  kill(engine);
  const broken = Date.now();
  const workers = () => processesOf(cluster.checkout).filter((worker) => isRunner(worker) || isSsh(worker));
  while (workers().length > 0 && Date.now() < broken + 6 * SECOND) await pause(50);
  assert.deepEqual(told(workers()), [], "6 s after their engine");
  expectFailure(await endOf(run, 60 * SECOND));
  return true;
}

const expectFailure = (printed: Printed): void => assert.equal(printed.code, 1, printed.stderr);

function expectInterrupted(printed: Printed): void {
  expectFailure(printed);
  assert.match(printed.stderr, /interrupted; the next `muster up` goes on from here/);
}

/** Nobody gets to clean up: all are stopped first, then killed, until no more come. */
export function crash(checkout: Checkout): void {
  for (;;) {
    const all = strayProcessesOf(checkout);
    if (all.length === 0) return;
    for (const signal of ["SIGSTOP", "SIGKILL"] as const) for (const one of all) send(one, signal);
  }
}

/** Waits for the one process of a kind: one command of the engine may just have given way to the next. */
async function oneOf(
  cluster: Pick<BreakableCluster, "checkout">,
  run: Run,
  is: (worker: Worker) => boolean,
): Promise<Worker | undefined> {
  let over = false;
  void run.ended.then(() => void (over = true));
  while (!over) {
    const [found, ...others] = processesOf(cluster.checkout).filter(is);
    assert.deepEqual(told(others), []);
    if (found !== undefined) return found;
    await pause(20);
  }
  return undefined;
}

const kill = (worker: Worker): void => send(worker, "SIGKILL");

function send({ pid }: Worker, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It was faster.
  }
}
