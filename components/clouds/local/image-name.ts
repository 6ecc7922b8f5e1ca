import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The project's folder. */
export const PROJECT = join(import.meta.dirname, "..", "..", "..");

/** Every image of hosts, whatever its tag. */
export const REPOSITORY = "localhost/muster/host";

export const RELEASE = "bookworm";

const ROLES_LISTS = "roles/*/vars/packages.yml";

/** The roles' lists of packages. Relative to the project's folder. */
export const rolesPackageLists = (project = PROJECT): string[] => filesOf([ROLES_LISTS], project);

/** Files that an image of hosts is made of. Relative to the project's folder. */
export const recipeFiles = (project = PROJECT): string[] => filesOf(["images/local/**", ROLES_LISTS], project);

/** Name of the image that the recipe makes: by content, so that equal recipes make it once. */
export const imageName = (project = PROJECT): string =>
  `${REPOSITORY}:debian-12-${contentHash(recipeFiles(project), project)}`;

/** Files that match patterns, in order. Both relative to the project's folder. */
export function filesOf(patterns: readonly string[], project = PROJECT): string[] {
  return globSync(patterns, { cwd: project, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(project.length + 1))
    .sort();
}

/** Twelve characters that stand for the names and contents of files. */
export function contentHash(files: readonly string[], project = PROJECT): string {
  const hash = createHash("sha256");
  for (const file of files) {
    const content = readFileSync(join(project, file));
    hash.update(`${file}\n${content.length}\n`).update(content);
  }
  return hash.digest("hex").slice(0, 12);
}
