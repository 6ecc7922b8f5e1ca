import { open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { digest } from "./digest.ts";

const fileName = ".inventory.json";

const inventorySchema = z.record(z.string(), z.tuple([z.int(), z.number(), z.string()]));

/** Path in the artifact → size, time of change (ms), sha256. */
type Inventory = z.output<typeof inventorySchema>;

/** Writes down what an artifact consists of, and waits until all of it is on the disk. */
export async function writeInventory(folder: string): Promise<void> {
  const inventory: Inventory = {};
  for (const path of await filesOf(folder)) {
    const file = join(folder, path);
    await flush(file);
    const { size, mtimeMs } = await stat(file);
    inventory[path] = [size, mtimeMs, await digest(file, "sha256")];
  }
  const handle = await open(join(folder, fileName), "w", 0o644);
  try {
    await handle.writeFile(JSON.stringify(inventory));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** One file of an artifact, as nodes are told of it. */
export interface ArtifactFile {
  path: string;
  size: number;
  sha256: string;
  executable: boolean;
}

/** What an artifact consists of, sorted by path; by what was written down when it was laid out. */
export async function artifactFiles(folder: string): Promise<ArtifactFile[]> {
  const inventory = await readInventory(folder);
  const files = Object.entries(inventory).map(async ([path, [size, , sha256]]) => {
    const { mode } = await stat(join(folder, path));
    return { path, size, sha256, executable: (mode & 0o100) !== 0 };
  });
  return (await Promise.all(files)).sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function readInventory(folder: string): Promise<Inventory> {
  return inventorySchema.parse(JSON.parse(await readFile(join(folder, fileName), "utf8")));
}

/**
 * Paths of an artifact that are missing or damaged; its own inventory's name when that can't be read. Costs one `stat` a
 * file: content is read only where size or time differ from what was written down.
 */
export async function checkInventory(folder: string): Promise<string[]> {
  let inventory: Inventory;
  try {
    inventory = await readInventory(folder);
  } catch {
    return [fileName];
  }
  const damaged = await Promise.all(
    Object.entries(inventory).map(async ([path, [size, mtimeMs, sha256]]) => {
      const file = join(folder, path);
      const found = await stat(file).catch(() => undefined);
      if (!found || found.size !== size) return path;
      if (found.mtimeMs === mtimeMs) return undefined;
      return (await digest(file, "sha256")) === sha256 ? undefined : path;
    }),
  );
  return damaged.filter((path) => path !== undefined);
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name !== fileName)
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

async function flush(file: string): Promise<void> {
  const handle = await open(file, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
