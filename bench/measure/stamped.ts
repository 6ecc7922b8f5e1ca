import { closeSync, openSync, readSync } from "node:fs";
import { every } from "./processes.ts";

/** One line, and when it was seen. */
export interface Stamped {
  /** Milliseconds since the epoch. */
  at: number;
  text: string;
}

const LOOK_MS = 20;

/** Reads a file that others write, from now on; the returned function ends it and gives the lines with their times. */
export function stampLines(file: string): () => Promise<Stamped[]> {
  const lines: Stamped[] = [];
  const buffer = Buffer.alloc(1 << 16);
  let offset = 0;
  let rest = "";
  const stop = every(LOOK_MS, () => {
    let handle: number;
    try {
      handle = openSync(file, "r");
    } catch {
      return; // not there yet
    }
    const at = Date.now();
    for (let size = 1; size > 0; offset += size) {
      size = readSync(handle, buffer, 0, buffer.length, offset);
      rest += buffer.toString("utf8", 0, size);
    }
    closeSync(handle);
    const parts = rest.split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts.map((text) => ({ at, text })));
  });
  return async () => {
    await stop();
    return lines;
  };
}
