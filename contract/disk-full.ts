import { existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";

/** The disk that a file is on had no room left for it. Told with the place, because that is what a person can mend. */
export class DiskFull extends Error {
  constructor(file: string, cause: unknown) {
    super(`the disk is full: ${file} could not be written; free some space in ${dirname(file)} and run this again`, {
      cause,
    });
    this.name = "DiskFull";
  }
}

/** The disk itself, a quota, or a limit on the size of files. */
const NO_ROOM = ["ENOSPC", "EDQUOT", "EFBIG"];

/** Does something that writes a file; lack of room is told as such, with the file's name, which the system leaves out. */
export function tellingDiskFull<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!NO_ROOM.includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    throw new DiskFull(file, error);
  }
}

/** MiB that are free where a folder is, or will be. */
export function freeSpace(folder: string): number {
  if (!existsSync(folder)) return freeSpace(dirname(folder));
  const { bavail, bsize } = statfsSync(folder);
  return Math.floor((bavail * bsize) / 2 ** 20);
}
