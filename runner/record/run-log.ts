import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { appendLine } from "../../contract/append-line.ts";
import { clusterFolder } from "../../contract/folders.ts";
import type { ProgressEvent } from "../../contract/summary.ts";
import { excerpt, oneLine, plainText } from "./plain-text.ts";

const keptRuns = 20;
const longestEventFile = 8 * 1024 * 1024;
/** A node's progress is shown at most this often, and all nodes' together at most so often. */
const nodePauseMs = 1500;
const burst = { lines: 10, perMs: 1000 };

export type Stage = ProgressEvent["stage"];

/** Where a run tells what happens: human lines on stderr, `events.jsonl`, and a log per node that only the owner can read. */
export class RunLog {
  /** Called once when something could not be written: what a run does must be known afterwards, so it has to end. */
  onLost: (error: Error) => void = (error) => {
    throw error;
  };
  readonly run: string;
  readonly folder: string;
  readonly #eventFile: string;
  readonly #write: (text: string) => void;
  readonly #shown = new Map<string, number>();
  #burst: number[] = [];
  #lost = false;

  constructor(
    clusterId: string,
    run: string,
    write: (text: string) => void = (text) => void process.stderr.write(text),
  ) {
    this.run = run;
    const logs = join(clusterFolder(clusterId), "logs");
    this.folder = join(logs, run);
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    this.#write = write;
    this.#eventFile = join(clusterFolder(clusterId), "events.jsonl");
    rotate(this.#eventFile);
    for (const old of readdirSync(logs).sort().slice(0, -keptRuns))
      rmSync(join(logs, old), { recursive: true, force: true });
  }

  /** A change of state: goes everywhere. `progress` is shown to people now and then only. */
  event(stage: Stage, state: ProgressEvent["state"], text?: string, node?: string): void {
    const line = text === undefined ? undefined : oneLine(text);
    const event: ProgressEvent = {
      at: Date.now(),
      run: this.run,
      stage,
      state,
      ...(node === undefined ? {} : { node }),
      ...(line === undefined ? {} : { text: line }),
    };
    this.#append(this.#eventFile, `${JSON.stringify(event)}\n`);
    const words = line ?? state;
    this.detail(node, `${stage} ${state}${line === undefined ? "" : `: ${line}`}`);
    if (state === "progress" && !this.#mayShow(node ?? "", event.at)) return;
    this.#write(`${[node, stage, words].filter((word) => word !== undefined).join("  ")}\n`);
  }

  /** Into the node's log, or `runner.log` without a node: readable on a terminal, and the middle of long texts left out. */
  detail(node: string | undefined, text: string): void {
    const words = plainText(excerpt(text)).replace(/\n*$/, "\n");
    this.#append(join(this.folder, `${node ?? "runner"}.log`), `${new Date().toISOString()} ${words}`);
  }

  #append(file: string, text: string): void {
    try {
      append(file, text);
    } catch (error) {
      if (this.#lost) return;
      this.#lost = true;
      this.onLost(error as Error);
    }
  }

  #mayShow(node: string, now: number): boolean {
    this.#burst = this.#burst.filter((at) => at > now - burst.perMs);
    if (now - (this.#shown.get(node) ?? 0) < nodePauseMs || this.#burst.length >= burst.lines) return false;
    this.#shown.set(node, now);
    this.#burst.push(now);
    return true;
  }
}

/** Sorts by time, and tells two runs of the same second apart. */
export function newRunId(now = new Date()): string {
  const stamp = now
    .toISOString()
    .replace(/[-:]/g, "")
    .replace(/\.\d+Z$/, "Z");
  return `${stamp}-${process.pid}`;
}

function append(file: string, text: string): void {
  try {
    appendLine(file, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
}

/** What follows the file sees a smaller one and starts over. */
function rotate(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > longestEventFile) renameSync(file, `${file}.old`);
}
