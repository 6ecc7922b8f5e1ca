import { readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { stateFolder } from "../../contract/folders.ts";
import { statusOf } from "../../runner/process/proc.ts";
import { startedAt } from "./processes.ts";

/** One lock file of the engine's file backend. */
export interface EngineLock {
  file: string;
  pid: number;
  user: string;
  host: string;
  /** Milliseconds since the epoch. */
  since: number;
}

export const backendFolder = (): string => join(stateFolder(), "backend");

const lockFolder = (project: string, stack: string): string =>
  join(backendFolder(), ".pulumi", "locks", "organization", project, stack);

/** The engine's locks on a stack; usually none or one. */
export function engineLocks(project: string, stack: string): EngineLock[] {
  const folder = lockFolder(project, stack);
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  } catch {
    return [];
  }
  return names.flatMap((name) => readLock(join(folder, name)) ?? []);
}

function readLock(file: string): EngineLock | undefined {
  try {
    const raw = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    return {
      file,
      pid: Number(raw["pid"]),
      user: String(raw["username"]),
      host: String(raw["hostname"]),
      since: Date.parse(String(raw["timestamp"])),
    };
  } catch {
    // Gone in between, or being written: the next look tells.
    return undefined;
  }
}

/**
 * Whether a lock's owner is certainly dead: it ran on this host, and its process is gone or its number belongs to one
 * that started after the lock was taken. A lock of another host is never called dead.
 */
export function isDead(lock: EngineLock, host = hostname()): boolean {
  if (lock.host !== host || !Number.isInteger(lock.pid)) return false;
  const owner = statusOf(lock.pid);
  // Two seconds for the rounding of the boot time.
  return owner === undefined || startedAt(owner) > lock.since + 2000;
}

/** Removes exactly this lock; unlike `pulumi cancel`, which removes every lock of the stack, whoever owns it. */
export function clearLock(lock: EngineLock): void {
  rmSync(lock.file, { force: true });
  // The backend keeps a file's attributes in a second one.
  rmSync(`${lock.file}.attrs`, { force: true });
}
