import { existsSync } from "node:fs";
import { join } from "node:path";
import { downloadSize, unpackedSize } from "../artifacts/locks.ts";
import { freeSpace } from "../contract/disk-full.ts";
import { artifactFolder, cacheFolder, stateFolder } from "../contract/folders.ts";
import type { JobArtifact } from "../contract/job.ts";
import type { Mistake } from "../plan/mistake.ts";

/** MiB for what runs write down: the engine's state, jobs, logs. */
const RECORDS = 64;

interface Place {
  name: string;
  variable: string;
  folder: string;
  /** MiB. */
  need: number;
}

/**
 * Whether this machine's own folders can take what a run writes: the state folder its records and the unpacked
 * artifacts, the cache their downloads. Reads only.
 * @param free MiB that are free where a folder is, or will be
 */
export function diskMistakes(
  artifacts: readonly JobArtifact[],
  free: (folder: string) => number = freeSpace,
): Mistake[] {
  const missing = artifacts.filter(({ id }) => !existsSync(join(artifactFolder(), id)));
  const need = (sizeOf: (id: string) => number): number =>
    Math.ceil(missing.reduce((total, { id }) => total + sizeOf(id), 0) / 2 ** 20);
  const places: Place[] = [
    { name: "state folder", variable: "XDG_STATE_HOME", folder: stateFolder(), need: RECORDS + need(unpackedSize) },
    { name: "cache folder", variable: "XDG_CACHE_HOME", folder: cacheFolder(), need: need(downloadSize) },
  ];
  return places.flatMap(({ name, variable, folder, need }) => {
    const have = free(folder);
    if (need <= have) return [];
    return [
      {
        path: name,
        found: `disk: need ${need} MiB, have ${have} MiB free in ${folder}`,
        allowed: `free some space there, or let ${variable} name a folder with more`,
      },
    ];
  });
}
