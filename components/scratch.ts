import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { scratchFolder } from "../contract/folders.ts";

/**
 * Lets something be made in a folder of its own, which is gone afterwards. In the cache, as programs in it are run, which
 * `/tmp` may forbid. What a killed process leaves goes when the cache is limited.
 */
export async function inScratch<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  mkdirSync(scratchFolder(), { recursive: true });
  const folder = mkdtempSync(`${scratchFolder()}/`);
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
