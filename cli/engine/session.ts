import { exit, Trouble } from "../exit.ts";
import { type CommonOptions, tell, teller } from "../options.ts";
import { readProject } from "../stacks.ts";
import { type Engine, openEngine } from "./engine.ts";
import { clearLock, engineLocks, isDead } from "./engine-locks.ts";
import { glanceAtState, type StateGlance, waitForTurn } from "./recovery.ts";
import { stackFolder } from "./stack-folder.ts";
import { mendTornState } from "./torn-state.ts";

export interface SessionOptions extends CommonOptions {
  /** For the message to whoever waits: `up`, `down`, … */
  doing: string;
  /** Seconds to wait for another run; default 600. */
  wait?: number;
  /** More variables for the program and its commands. */
  variables?: Record<string, string>;
}

/**
 * Does something with a stack's engine while nobody else does: waits for its turn, clears what dead runs left, passes
 * the first interrupt on to the engine, ends everything on the second, and leaves no process behind.
 * @throws StackIsBusy, Trouble
 */
export async function withEngine<Result>(
  options: SessionOptions,
  work: (engine: Engine, before: StateGlance) => Promise<Result>,
): Promise<Result> {
  const { stack, doing, wait = 600 } = options;
  const { name: project } = readProject();
  const folder = stackFolder(stack);
  const turn = await waitForTurn({ project, stack, folder, doing, waitMs: wait * 1000, say: tell });
  const interrupts = new Interrupts();
  try {
    mend(project, stack);
    const before = glanceAtState(project, stack);
    const { variables } = options;
    const { signal } = interrupts;
    const engine = await openEngine({ stack, say: teller(options), signal, ...(variables ? { variables } : {}) });
    interrupts.watch(engine);
    if (before.pendingCreates > 0) {
      tell(`an earlier run was cut off: its ${before.pendingCreates} unfinished creates are begun again`);
      await engine.clearPendingCreates();
    }
    return await work(engine, before);
  } catch (error) {
    if (interrupts.signal.aborted)
      throw new Trouble("interrupted; the next `muster up` goes on from here", exit.failed);
    throw error;
  } finally {
    interrupts.stop();
    mend(project, stack);
    // Only a second interrupt leaves one: the engine had no time to remove it.
    for (const lock of engineLocks(project, stack)) if (isDead(lock)) clearLock(lock);
    await turn.release();
  }
}

/** Before a run, because the one before may have been unable to; and after it, because others look without a run. */
function mend(project: string, stack: string): void {
  const said = mendTornState(project, stack);
  if (said !== undefined) tell(said);
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * First signal: cancel in order. Second: end at once. A closed terminal sends its hang-up more than once, from the
 * kernel and from the shell, without meaning more by it.
 */
class Interrupts {
  readonly #controller = new AbortController();
  #engine: Engine | undefined;

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#hear);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  watch(engine: Engine): void {
    this.#engine = engine;
  }

  stop(): void {
    for (const signal of SIGNALS) process.off(signal, this.#hear);
    // A closed terminal's hang-ups may come until the very end, and must not take its last words.
    if (this.signal.aborted) process.on("SIGHUP", () => undefined);
  }

  readonly #hear = (signal: NodeJS.Signals): void => {
    if (this.signal.aborted) {
      if (signal === "SIGHUP") return;
      tell("ending everything now");
      void this.#engine?.run.kill();
      return;
    }
    tell("interrupted: cancelling in order (once more to end everything at once)");
    this.#controller.abort();
  };
}
