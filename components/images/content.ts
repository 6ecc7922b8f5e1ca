import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The project's folder. */
export const PROJECT = join(import.meta.dirname, "..", "..");

/** Files that match patterns, in order. Both relative to the project's folder. */
export function filesOf(patterns: readonly string[], project = PROJECT): string[] {
  return globSync(patterns, { cwd: project, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(project.length + 1))
    .sort();
}

/**
 * Twelve characters that stand for the names and contents of files.
 * @param also Texts that count as well.
 */
export function contentHash(files: readonly string[], project = PROJECT, also: readonly string[] = []): string {
  const hash = createHash("sha256");
  for (const file of files) {
    const content = readFileSync(join(project, file));
    hash.update(`${file}\n${content.length}\n`).update(content);
  }
  for (const text of also) hash.update(`${text.length}\n${text}`);
  return hash.digest("hex").slice(0, 12);
}
