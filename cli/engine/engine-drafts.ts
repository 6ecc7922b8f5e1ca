import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { backendFolder } from "./engine-locks.ts";

/** How the file backend calls what it has not finished writing. */
const DRAFT = /\.[0-9a-f]+\.tmp$/;

/** Takes away what an engine that was killed had not finished writing of a stack. To be called while none works on it. */
export function clearEngineDrafts(project: string, stack: string): void {
  const backend = join(backendFolder(), ".pulumi");
  const stacks = join(backend, "stacks", project);
  // The folder of all the project's stacks: others may be at work on theirs.
  clearDrafts(
    stacks,
    (name) => /^\.json(\.bak)?(\.attrs)?\.[0-9a-f]+\.tmp$/.test(name.slice(stack.length)) && name.startsWith(stack),
  );
  for (const part of ["history", "backups", "locks/organization"]) clearDrafts(join(backend, part, project, stack));
}

function clearDrafts(folder: string, isMeant: (name: string) => boolean = () => true): void {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return;
  }
  for (const name of names) if (DRAFT.test(name) && isMeant(name)) rmSync(join(folder, name), { force: true });
}
