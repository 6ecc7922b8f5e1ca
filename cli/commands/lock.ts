import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lockOf, type WheelsLock } from "../../artifacts/locks.ts";
import { writeAtomically } from "../../contract/atomic-file.ts";
import { cacheFolder } from "../../contract/folders.ts";
import { baseOf, python } from "../../plan/services/python/index.ts";
import {
  lockedFor,
  lockFileOf,
  readRequirements,
  type UsersLock,
  usersLock,
} from "../../plan/services/python/requirements.ts";
import { resolveRequirements } from "../../runner/wheels/resolve.ts";
import { exit, misuse } from "../exit.ts";
import { type CommonOptions, tell } from "../options.ts";
import { home, isRecord, readStackFile } from "../stacks.ts";

/** Finds the packages anew that the stack's requirements want, and writes down which they are. */
export async function lock(options: CommonOptions): Promise<number> {
  const found = await lockRequirements(options.stack, true);
  if (found === 0) tell(`no cluster of ${options.stack} has services.python.requirements`);
  return exit.ready;
}

/**
 * Sees to it that requirements of the stack have a lock beside them that is for them as they are; returns how many there
 * are. What is wrong with the config otherwise is told by whoever reads it.
 * @param anew also where there is one
 */
export async function lockRequirements(stack: string, anew = false): Promise<number> {
  const wanted = new Map(wantedIn(stack).map((one) => [one.requirements, one]));
  for (const one of wanted.values()) await lockOne(one.requirements, one.version, anew);
  return wanted.size;
}

function wantedIn(stack: string): { requirements: string; version: string }[] {
  const clusters = readStackFile(stack).config["muster:clusters"];
  return (Array.isArray(clusters) ? clusters : []).flatMap((cluster: unknown) => {
    const services = isRecord(cluster) ? cluster["services"] : undefined;
    const parsed = python.options.safeParse(isRecord(services) ? services["python"] : undefined);
    const { requirements, version } = parsed.data ?? {};
    return requirements === undefined || version === undefined ? [] : [{ requirements, version }];
  });
}

async function lockOne(requirements: string, version: string, anew: boolean): Promise<void> {
  const path = join(home(), requirements);
  // A file that is not there, or not as it should be, is told with all other mistakes.
  if (!existsSync(path)) return;
  const text = readFileSync(path, "utf8");
  const { faults, indexes } = readRequirements(text);
  if (faults.length > 0) return;
  const base = baseOf({ version });
  const file = join(home(), lockFileOf(requirements));
  const wanted = lockedFor(text, base);
  if (!anew && isFor(file, wanted)) return;
  tell(`  finding the packages of ${requirements} for Python ${version}`);
  const folder = join(cacheFolder(), "artifacts/wheels");
  const set = await resolveRequirements(path, lockOf(base) as WheelsLock, folder, indexes).catch((error: unknown) => {
    throw misuse(`${requirements}: ${(error as Error).message}. Nothing was made`);
  });
  const locked: UsersLock = { for: wanted, lock: set };
  writeAtomically(file, `${JSON.stringify(locked, undefined, 1)}\n`);
  tell(`  wrote ${lockFileOf(requirements)}: commit it, so that everybody has the same`);
}

function isFor(file: string, wanted: string): boolean {
  try {
    return usersLock.parse(JSON.parse(readFileSync(file, "utf8"))).for === wanted;
  } catch {
    return false;
  }
}
