import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve, sep } from "node:path";

const repository = resolve(import.meta.dirname, "..");

/** Folder of the checkout → its place in the bundle. */
const folders: Record<string, string> = { roles: "roles", "runner/node/bin": "bin", "runner/node/lib": "lib" };

/** What a bundle holds beside the kit. */
export interface BundleSource {
  /** Path in the bundle, with slashes. */
  path: string;
  file: string;
  /** The only part of a file's mode that counts: the rest depends on the umask of whoever cloned. */
  executable: boolean;
}

/** Every file that goes to nodes, sorted by path: no documentation, no compiled Python. */
export function bundleSources(root: string = repository): BundleSource[] {
  return Object.entries(folders)
    .flatMap(([folder, place]) =>
      readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && isShipped(join(entry.parentPath, entry.name)))
        .map((entry) => join(entry.parentPath, entry.name))
        .map((file) => ({
          path: [place, ...file.slice(join(root, folder).length + 1).split(sep)].join("/"),
          file,
          executable: (statSync(file).mode & 0o100) !== 0,
        })),
    )
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Content hash of roles, node programs and kit: the same for equal content, wherever and however it was checked out. */
export function bundleHash(root: string = repository): string {
  const total = createHash("sha256").update("bundle format 2\n");
  for (const { path, file, executable } of bundleSources(root)) {
    const content = createHash("sha256").update(readFileSync(file)).digest("hex");
    total.update(`${content} ${executable ? "x" : "-"} ${path}\n`);
  }
  return total.digest("hex");
}

const isShipped = (file: string): boolean =>
  !file.endsWith(".md") && !file.endsWith(".pyc") && !file.includes(`${sep}__pycache__${sep}`);
