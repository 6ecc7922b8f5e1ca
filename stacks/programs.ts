import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Programs that command resources start by name. */
const PROGRAMS = ["muster-runner", "muster-local", "muster-image"];

/** Those of the stack's own programs that are not on the PATH: then no command could run. */
export function missingPrograms(path: string | undefined = process.env["PATH"]): string[] {
  const folders = (path ?? "").split(delimiter).filter((folder) => folder !== "");
  return PROGRAMS.filter((name) => !folders.some((folder) => isExecutable(join(folder, name))));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
