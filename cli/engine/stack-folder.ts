import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { parse, stringify } from "yaml";
import { writeAtomically } from "../../contract/atomic-file.ts";
import { stateFolder } from "../../contract/folders.ts";
import { home, isRecord, readProject, readStackFile, stackFile } from "../stacks.ts";

/** Where a stack's private project file, private config, run record and engine log are. */
export const stackFolder = (stack: string): string => join(stateFolder(), "engine", readProject().name, stack);

/**
 * Writes the project and config that the engine is to see into the stack's folder, and returns that folder: the engine
 * rewrites its config file (salt, `config refresh`, `--remove`), and the repository's must stay as the user wrote it.
 * The salt that the engine added in an earlier run is kept.
 */
export function writePrivateProject(stack: string): string {
  const folder = stackFolder(stack);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const project = parse(readFileSync(join(home(), "Pulumi.yaml"), "utf8")) as Record<string, unknown>;
  const main = readProject().main;
  // The backend comes from the environment; a project file with one must not contradict it.
  delete project["backend"];
  writeAtomically(
    join(folder, "Pulumi.yaml"),
    stringify({ ...project, main: isAbsolute(main) ? main : join(home(), main) }),
  );
  const file = join(folder, `Pulumi.${stack}.yaml`);
  // Without the user's file, the last copy serves: enough to take away what was made of it.
  if (existsSync(stackFile(stack)) || !existsSync(file)) {
    writeAtomically(file, stringify({ ...saltOf(file), ...readStackFile(stack) }));
  }
  return folder;
}

/** A stack's config as its file has it, or as the engine was given it last where there is no such file; {} without both. */
export function storedConfig(stack: string): Record<string, unknown> {
  for (const file of [stackFile(stack), join(stackFolder(stack), `Pulumi.${stack}.yaml`)]) {
    try {
      const settings: unknown = parse(readFileSync(file, "utf8"));
      const config = isRecord(settings) ? settings["config"] : undefined;
      return isRecord(config) ? config : {};
    } catch {
      // Not there, or not YAML: whoever has to tell that reads it by itself.
    }
  }
  return {};
}

/** What an earlier run left there that the user's file does not hold. */
function saltOf(file: string): Record<string, unknown> {
  try {
    const old: unknown = parse(readFileSync(file, "utf8"));
    const salt = isRecord(old) ? old["encryptionsalt"] : undefined;
    return typeof salt === "string" ? { encryptionsalt: salt } : {};
  } catch {
    return {};
  }
}
