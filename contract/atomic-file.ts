import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { tellingDiskFull } from "./disk-full.ts";

/**
 * Replaces a file as a whole: readers see the old or the new text, never half of it, also after the machine lost power.
 * Makes its folder. Only the owner can read either.
 * @throws DiskFull when there is no room; then the old text stays
 */
export function writeAtomically(file: string, text: string, mode = 0o600): void {
  fromDraft(file, text, mode, (draft) => renameSync(draft, file));
}

/**
 * Makes a file as a whole, unless it is there already: of several processes exactly one does. Returns whether it did.
 * @throws DiskFull
 */
export function placeOnce(file: string, text: string, mode = 0o600): boolean {
  return fromDraft(file, text, mode, (draft) => {
    try {
      // Unlike a rename, a link fails when somebody else was quicker.
      linkSync(draft, file);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      return false;
    }
  });
}

/** The file's text, or `undefined` when there is no such file. */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function fromDraft<Result>(file: string, text: string, mode: number, place: (draft: string) => Result): Result {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  removeDeadDrafts(file);
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    return tellingDiskFull(file, () => {
      writeWhole(draft, text, mode);
      return place(draft);
    });
  } finally {
    // A full disk must not also be full of drafts.
    rmSync(draft, { force: true });
  }
}

function writeWhole(file: string, text: string, mode: number): void {
  const handle = openSync(file, "wx", mode);
  try {
    // Not `writeSync`: on a disk that is nearly full, one write takes a part of the text and calls that a success.
    writeFileSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** A process that was killed between draft and rename left its draft. */
function removeDeadDrafts(file: string): void {
  const prefix = `${basename(file)}.`;
  for (const name of readdirSync(dirname(file))) {
    if (!name.startsWith(prefix)) continue;
    const [, pid] = /^(\d+)\.[0-9a-f]{8}$/.exec(name.slice(prefix.length)) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(dirname(file), name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
