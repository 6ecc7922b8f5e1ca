import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { expectCode, type Printed } from "../e2e/checkout.ts";
import { OneCluster } from "../e2e/one-cluster.ts";
import { Terminal } from "../e2e/terminal.ts";
import type { Moment, Timeline } from "./moments.ts";

const FIRST_WORKERS = 2;

/** A cluster's run that is under way. */
export interface Run {
  ended: Promise<Printed>;
  /** How far it is. */
  timeline: () => Timeline;
}

/** One whose command line can be told to end. */
export interface StartedRun extends Run {
  child: ChildProcess;
}

/** One that a person looks on at. */
export interface WatchedRun extends Run {
  terminal: Terminal;
}

/**
 * A cluster of one master and some workers, to be broken and healed. Light: without services, so its hosts run no JVM and
 * loops can be long.
 */
export class BreakableCluster extends OneCluster {
  /** How many workers its file names. */
  workers = FIRST_WORKERS;
  readonly #light: boolean;

  constructor({ light }: { light: boolean }) {
    super();
    this.#light = light;
    this.want(FIRST_WORKERS);
  }

  /** Names of the wanted nodes, sorted. */
  get nodes(): string[] {
    const workers = Array.from({ length: this.workers }, (_, at) => `${this.name}-worker-${at + 1}`);
    return [`${this.name}-master-1`, ...workers];
  }

  /** Names of their data volumes as podman knows them: nodes without services hold no data. */
  get volumes(): string[] {
    return this.#light ? [] : this.nodes.map((node) => `${this.id}.${node}-data`);
  }

  want(workers: number): void {
    this.workers = workers;
    this.describe(`pools: { master: 1, worker: ${workers} }`, ...(this.#light ? ["services: []"] : []));
  }

  /** Starts an `up`. */
  start(variables: Record<string, string> = {}): StartedRun {
    const timeline = this.#follow();
    return { ...this.checkout.start(["up", "--stack", this.name, "--yes"], variables), timeline };
  }

  /** Starts an `up` on a terminal. */
  startOnTerminal(): WatchedRun {
    const timeline = this.#follow();
    const argv = ["./muster", "up", "--stack", this.name, "--yes"];
    const terminal = new Terminal(argv, { cwd: this.checkout.path(), env: this.checkout.variables() });
    const ended = terminal.ended.then((code) => ({ code, stdout: terminal.shown, stderr: terminal.shown }));
    return { terminal, ended, timeline };
  }

  /** Counts from now on what the engine and the runner tell. */
  #follow(): () => Timeline {
    const log = `${this.checkout.state}/engine/muster/${this.name}/engine.log`;
    rmSync(log, { force: true });
    const told = this.events().length;
    return () => {
      const runner = this.events().length - told;
      return { engine: engineEvents(log), runner: Math.max(0, runner) };
    };
  }
}

/**
 * Waits until a run is at a moment; false when it ended well before.
 * @throws when it fails before, or neither comes about
 */
export async function reaches(run: Run, moment: Moment): Promise<boolean> {
  const deadline = Date.now() + 10 * 60_000;
  let over = false;
  void run.ended.then(() => void (over = true));
  for (;;) {
    const { engine, runner } = run.timeline();
    // What the runner tells comes after all that the engine tells first.
    if (moment.of === "runner" ? runner >= moment.index : engine >= moment.index || runner > 0) return true;
    if (over) {
      expectCode(await run.ended, 0);
      return false;
    }
    if (Date.now() > deadline) throw new Error(`the run came to no ${moment.of} event ${moment.index} in 10 minutes`);
    await pause(10);
  }
}

/** The run's end, in bounded time. */
export async function endOf(run: Pick<Run, "ended">, withinMs: number): Promise<Printed> {
  // Nothing waits for it once the run has ended.
  const late = pause(withinMs, undefined, { ref: false }).then(() => {
    throw new Error(`the run had not ended ${withinMs / 1000} s after the fault`);
  });
  return Promise.race([run.ended, late]);
}

/** How much the engine has told in its log: one line a step of a resource; what it repeats of the runner's is none. */
export function engineEvents(log: string): number {
  return linesOf(log).filter((line) => /^ [+~-] .*(ing|ed) \(/.test(line) && !/s\).*  /.test(line)).length;
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
}
