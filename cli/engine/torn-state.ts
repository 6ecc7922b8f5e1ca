import { linkSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { backendFolder } from "./engine-locks.ts";

/**
 * The engine's file backend writes aside and renames, but renames also what a full disk took only a part of
 * (gocloud.dev, `blob.Bucket.WriteAll` closes its writer after a failed write, and `fileblob` then puts it in place). A
 * state that was torn so takes the place of the whole one, and no engine reads it any more. This puts the newest whole
 * one back: the engine keeps the one before each write, and one from each run's beginning. By links, which need no
 * space. To be called while no engine works on the stack.
 * @returns what to tell, when there was something to mend
 */
export function mendTornState(project: string, stack: string): string | undefined {
  const backend = join(backendFolder(), ".pulumi");
  const file = join(backend, "stacks", project, `${stack}.json`);
  if (timeOf(file) === undefined || isWhole(file)) return undefined;
  const attributes = `${file}.attrs`;
  if (!isWhole(attributes)) rmSync(attributes, { force: true });
  const [newest] = [
    `${file}.bak`,
    ...jsonIn(join(backend, "backups", project, stack)),
    ...jsonIn(join(backend, "history", project, stack)).filter((path) => path.endsWith(".checkpoint.json")),
  ]
    .flatMap((path) => ({ path, time: timeOf(path) ?? 0 }))
    .sort((one, other) => other.time - one.time)
    .filter(({ path }) => isWhole(path));
  if (newest === undefined) {
    renameSync(file, `${file}.torn`);
    return `the engine's state of ${stack} was torn by a full disk, and there is no earlier one: it lies beside as ${stack}.json.torn`;
  }
  const draft = `${file}.${process.pid}`;
  rmSync(draft, { force: true });
  linkSync(newest.path, draft);
  renameSync(draft, file);
  const when = new Date(newest.time).toTimeString().slice(0, 8);
  return `the engine's state of ${stack} was torn by a full disk; it is again the one of ${when}`;
}

/** Milliseconds since the epoch; undefined where there is no such file. */
function timeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}

function isWhole(file: string): boolean {
  try {
    return typeof JSON.parse(readFileSync(file, "utf8")) === "object";
  } catch {
    return false;
  }
}

function jsonIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}
