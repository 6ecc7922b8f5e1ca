import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The project's folder. */
export const PROJECT = join(import.meta.dirname, "..", "..", "..");

/** Every image of hosts, whatever its tag. */
export const REPOSITORY = "localhost/muster/host";

export const RELEASE = "bookworm";

/** Files that an image of hosts is made of. Relative to the project's folder. */
export function recipeFiles(project = PROJECT): string[] {
  const found = globSync(["images/local/**", "roles/*/vars/packages.yml"], { cwd: project, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(project.length + 1))
    .sort();
}

/** Name of the image that the recipe makes: by content, so that equal recipes make it once. */
export function imageName(project = PROJECT): string {
  const hash = createHash("sha256");
  for (const file of recipeFiles(project)) {
    const content = readFileSync(join(project, file));
    hash.update(`${file}\n${content.length}\n`).update(content);
  }
  return `${REPOSITORY}:debian-12-${hash.digest("hex").slice(0, 12)}`;
}
