import { freeSpace } from "../contract/disk-full.ts";
import { cacheFolder, stateFolder } from "../contract/folders.ts";
import { table } from "./progress/lines.ts";

/**
 * What to add to a failure when one of our own folders has no room left: whoever ran into it, the engine or a program
 * of ours, may have said so in words of its own, or have been unable to say anything.
 * @param free MiB that are free where a folder is
 */
export function fullDisks(free: (folder: string) => number = freeSpace): string | undefined {
  const places = [
    ["state folder", stateFolder(), "XDG_STATE_HOME"],
    ["cache folder", cacheFolder(), "XDG_CACHE_HOME"],
  ] as const;
  const full = places.filter(([, folder]) => free(folder) < 1);
  if (full.length === 0) return undefined;
  const rows = full.map(([name, folder, variable]) => ["✖", name, folder, `(${variable})`]);
  return `muster: the disk is full; free some space, then do the same again: it goes on from what is there\n${table(rows)}`;
}
