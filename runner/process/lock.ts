import { linkSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { placeOnce, readIfThere } from "../../contract/atomic-file.ts";
import { bootId, isAlive, thisProcess, type ProcessId } from "./proc.ts";

export interface LockOwner extends ProcessId {
  host: string;
  boot: string;
  /** ISO time. */
  since: string;
  /** What it does, for people: `ready`, `verify`. */
  doing: string;
}

export interface LockOptions {
  doing: string;
  waitSeconds: number;
  /** Called once when somebody else holds it. */
  onWait: (owner: LockOwner) => void;
  signal?: AbortSignal;
}

/** Somebody else holds the lock and kept it. */
export class Locked extends Error {
  constructor(owner: LockOwner, file: string) {
    const here = owner.host === hostname();
    const next = here ? "Wait for it, or end it" : `If that machine is gone for good, remove ${file}`;
    super(
      `the cluster is being worked on by process ${owner.pid} on ${owner.host} (${owner.doing}, since ${owner.since}). ${next}`,
    );
    this.name = "Locked";
  }
}

/**
 * Takes a cluster's lock: one `lock` file per cluster folder. That of a dead process is taken over; a living owner is
 * waited for. Returns how to give it back. Throws {@link Locked} when the time is up.
 */
export async function takeLock(folder: string, options: LockOptions): Promise<() => void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, "lock");
  const mine: LockOwner = {
    ...thisProcess(),
    host: hostname(),
    boot: bootId(),
    since: new Date().toISOString(),
    doing: options.doing,
  };
  const text = `${JSON.stringify(mine)}\n`;
  const deadline = Date.now() + options.waitSeconds * 1000;
  let told = false;
  for (;;) {
    // Whole or not at all: unlike an opened file, it is never seen empty.
    if (placeOnce(file, text)) {
      // Another process that found the same dead owner may just be moving our file away; it puts it back.
      await pause(20);
      if (readIfThere(file) === text) return () => giveBack(file, text);
    }
    const found = readIfThere(file);
    const owner = found === undefined ? undefined : parseOwner(found);
    if (found !== undefined && isDead(owner)) {
      moveAway(file, found);
      continue;
    }
    if (owner !== undefined) {
      if (Date.now() >= deadline) throw new Locked(owner, file);
      if (!told) options.onWait(owner);
      told = true;
    }
    await pause(found === undefined ? 20 : 500, undefined, options.signal ? { signal: options.signal } : {});
  }
}

function moveAway(file: string, stale: string): void {
  const grave = `${file}.dead.${process.pid}`;
  try {
    renameSync(file, grave);
    // Between reading and moving a new owner may have come: then it gets its file back.
    if (readIfThere(grave) !== stale) linkSync(grave, file);
  } catch {
    // Somebody else was faster; the next look tells.
  } finally {
    rmSync(grave, { force: true });
  }
}

function giveBack(file: string, text: string): void {
  if (readIfThere(file) === text) rmSync(file, { force: true });
}

function parseOwner(text: string): LockOwner | undefined {
  try {
    return JSON.parse(text) as LockOwner;
  } catch {
    return undefined;
  }
}

function isDead(owner: LockOwner | undefined): boolean {
  if (owner === undefined) return true;
  if (owner.host !== hostname()) return false;
  return owner.boot !== bootId() || !isAlive(owner);
}
