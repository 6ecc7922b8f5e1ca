import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeFileSync } from "node:fs";
import { tellingDiskFull } from "./disk-full.ts";

export interface AppendOptions {
  /** Return only when it is on the disk. */
  sync?: boolean;
}

/**
 * Adds lines to the end of a file, all of them or nothing, also on a disk that is nearly full. After a line that a crash
 * tore, they are not glued to it. Readable by the owner only.
 * @param lines ends with a newline
 * @throws DiskFull when there is no room; then the file is as it was
 */
export function appendLine(file: string, lines: string, { sync = false }: AppendOptions = {}): void {
  tellingDiskFull(file, () => {
    const handle = openSync(file, "a+", 0o600);
    try {
      const { size } = fstatSync(handle);
      try {
        writeFileSync(handle, endsWithNewline(handle, size) ? lines : `\n${lines}`);
        if (sync) fsyncSync(handle);
      } catch (error) {
        ftruncateSync(handle, size);
        throw error;
      }
    } finally {
      closeSync(handle);
    }
  });
}

function endsWithNewline(handle: number, size: number): boolean {
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  readSync(handle, last, 0, 1, size - 1);
  return last[0] === 0x0a;
}
