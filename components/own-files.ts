import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, isAbsolute, join, relative, sep } from "node:path";
import type { OwnFile } from "../contract/own-content.ts";
import type { ReadOwn } from "../plan/config/steps.ts";

/** Every node of the step gets them over its one connection; larger things are for a store or `muster copy`. */
const MOST_BYTES = 16 * 1024 * 1024;
const LEFT_OUT = new Set([".git", "__pycache__", "node_modules"]);

/** Reads files of own steps by their paths relative to a project's folder, and nothing outside of it. */
export function ownFilesIn(project: string): ReadOwn {
  return (path) => {
    if (isAbsolute(path) || path.startsWith("~")) throw new Error("a path relative to the project is needed");
    const root = realpathSync(project);
    const start = join(root, path);
    const found = statSync(start, { throwIfNoEntry: false });
    if (found === undefined) throw new Error(`no such file or folder (in ${project})`);
    const real = realpathSync(start);
    if (real !== root && !real.startsWith(`${root}${sep}`)) throw new Error("it lies outside the project");
    const files = found.isDirectory() ? filesBelow(real) : [real];
    if (files.length === 0) throw new Error("an empty folder");
    const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
    if (bytes > MOST_BYTES)
      throw new Error(`${Math.ceil(bytes / 2 ** 20)} MiB, at most ${MOST_BYTES / 2 ** 20} are carried`);
    return files.map((file) => ownFile(file, found.isDirectory() ? relative(real, file) : basename(start)));
  };
}

function ownFile(file: string, path: string): OwnFile {
  const { mode } = statSync(file);
  return {
    path: path.split(sep).join("/"),
    // The rest of a mode depends on the umask of whoever cloned.
    executable: (mode & 0o100) !== 0,
    data: readable(file).toString("base64"),
  };
}

/** Links are followed where they lead to files; other folders than the one that was named are not. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !LEFT_OUT.has(name) && !name.endsWith(".pyc"))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(path);
      return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? [path] : [];
    });
}

function readable(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const denied = error instanceof Error && "code" in error && error.code === "EACCES";
    throw new Error(denied ? `${basename(file)}: permission denied` : `${basename(file)}: unreadable`, {
      cause: error,
    });
  }
}
