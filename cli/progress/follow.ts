import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { ProgressEvent } from "../../contract/summary.ts";

/** Follows a file of JSON lines from a given length on; a file that is not there yet, or is made anew, is no obstacle. */
export class EventFollower {
  readonly #file: string;
  #offset: number;
  #rest = "";

  /** @param from Bytes to skip: what earlier runs wrote. */
  constructor(file: string, from = lengthOf(file)) {
    this.#file = file;
    this.#offset = from;
  }

  /** Events since the last call. A line that is being written waits for its end; a broken one is left out. */
  read(): ProgressEvent[] {
    const size = lengthOf(this.#file);
    if (size < this.#offset) {
      this.#offset = 0;
      this.#rest = "";
    }
    if (size === this.#offset) return [];
    const lines = (this.#rest + readPart(this.#file, this.#offset, size)).split("\n");
    this.#offset = size;
    this.#rest = lines.pop() ?? "";
    return lines.flatMap((line) => parseEvent(line) ?? []);
  }
}

function parseEvent(line: string): ProgressEvent | undefined {
  try {
    const event = JSON.parse(line) as ProgressEvent | null;
    return typeof event?.stage === "string" && typeof event.state === "string" ? event : undefined;
  } catch {
    return undefined;
  }
}

function lengthOf(file: string): number {
  try {
    const handle = openSync(file, "r");
    try {
      return fstatSync(handle).size;
    } finally {
      closeSync(handle);
    }
  } catch {
    return 0;
  }
}

function readPart(file: string, from: number, to: number): string {
  const handle = openSync(file, "r");
  try {
    const buffer = Buffer.alloc(to - from);
    const length = readSync(handle, buffer, 0, buffer.length, from);
    return buffer.toString("utf8", 0, length);
  } finally {
    closeSync(handle);
  }
}
