import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../../contract/atomic-file.ts";
import { isAlive, type ProcessId, statusOf } from "../../runner/process/proc.ts";
import { endProcesses, hasInEnvironment, membersOfSession } from "./processes.ts";

/** One run of the engine for a stack: written down while it lasts, so that a later command can clean up after it. */
export class EngineRun {
  readonly log: string;
  readonly say: (line: string) => void;
  /** Stands in the environment of the engine, hence of everything it starts. */
  readonly mark: Record<string, string> = { MUSTER_ENGINE_RUN: randomUUID() };
  readonly #record: string;
  #engine: ProcessId | undefined;

  /**
   * @param folder The stack's own folder.
   * @param say Told every command as it could be typed; for `-v`.
   */
  constructor(folder: string, say: (line: string) => void) {
    this.log = join(folder, "engine.log");
    this.say = say;
    this.#record = join(folder, "run.json");
    writeFileSync(this.log, "", { mode: 0o600 });
    chmodSync(this.log, 0o600);
  }

  started(child: ChildProcess): void {
    if (child.pid === undefined) return;
    this.#engine = statusOf(child.pid);
    if (this.#engine === undefined) return;
    const { pid, start } = this.#engine;
    const record: RunRecord = { pid, start, mark: this.mark };
    try {
      writeAtomically(this.#record, JSON.stringify(record));
    } catch (error) {
      // An engine that nobody could find again must not go on alone.
      child.kill("SIGKILL");
      throw error;
    }
  }

  /** Gives plug-ins and commands of an engine that has ended a moment to end too, then ends them. */
  async ended(graceMs = 10_000): Promise<void> {
    const engine = this.#engine;
    if (engine === undefined) return;
    const deadline = Date.now() + graceMs;
    while (membersOfSession(engine.pid).length > 0 && Date.now() < deadline) await pause(50);
    await endProcesses(membersOfSession(engine.pid));
    rmSync(this.#record, { force: true });
    this.#engine = undefined;
  }

  /** Ends the engine and everything it started, now. */
  async kill(): Promise<void> {
    const engine = this.#engine;
    if (engine !== undefined) await endProcesses(membersOfSession(engine.pid), 2000);
  }
}

interface RunRecord extends ProcessId {
  mark: Record<string, string>;
}

/**
 * What a dead engine of this stack left running: its plug-ins and the commands they started. Empty while the engine
 * lives. A process is ours when it is of the session that the engine led and carries that run's mark, so no stranger
 * with a reused number is ever among them, nor a machine's supervisor, which leads a session of its own.
 */
export function leftovers(folder: string): ProcessId[] {
  const file = join(folder, "run.json");
  if (!existsSync(file)) return [];
  let record: RunRecord;
  try {
    record = JSON.parse(readFileSync(file, "utf8")) as RunRecord;
  } catch {
    return [];
  }
  if (isAlive(record)) return [];
  return membersOfSession(record.pid).filter((member) => hasInEnvironment(member.pid, record.mark));
}

export function forgetRun(folder: string): void {
  rmSync(join(folder, "run.json"), { force: true });
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
