import { rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { placeOnce, readIfThere, writeAtomically } from "../../contract/atomic-file.ts";
import { tryTurn } from "../../contract/turn.ts";

export interface LockOwner {
  pid: number;
  host: string;
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
 * Takes a cluster's lock: a turn, and a `lock` file in the cluster's folder that says whose it is. That of a dead process
 * is taken over; a living owner is waited for, and so is one on another machine, of which nobody here can tell.
 * Returns how to give it back. Throws {@link Locked} when the time is up.
 */
export async function takeLock(folder: string, options: LockOptions): Promise<() => void> {
  const file = join(folder, "lock");
  const since = new Date().toISOString();
  const text = `${JSON.stringify({ pid: process.pid, host: hostname(), since, doing: options.doing })}\n`;
  const deadline = Date.now() + options.waitSeconds * 1000;
  let told = false;
  for (;;) {
    const unlock = await tryLock(file, text);
    if (unlock !== undefined) return unlock;
    const owner = ownerOf(file);
    if (owner !== undefined) {
      if (Date.now() >= deadline) throw new Locked(owner, file);
      if (!told) options.onWait(owner);
      told = true;
    }
    await pause(owner === undefined ? 20 : 500, undefined, options.signal ? { signal: options.signal } : {});
  }
}

async function tryLock(file: string, text: string): Promise<(() => void) | undefined> {
  const turn = await tryTurn(file);
  if (turn === undefined) return undefined;
  let mine = false;
  try {
    mine = writeOwner(file, text);
  } finally {
    if (!mine) await turn.release();
  }
  if (!mine) return undefined;
  return () => {
    rmSync(file, { force: true });
    void turn.release();
  };
}

/** Writes down whose turn it is, unless it is that of a process on another machine: then false. */
function writeOwner(file: string, text: string): boolean {
  if (placeOnce(file, text)) return true;
  const owner = ownerOf(file);
  if (owner !== undefined && owner.host !== hostname()) return false;
  // Its process had the turn, and has it no more.
  writeAtomically(file, text);
  return true;
}

/** Undefined when nobody wrote it down, or only in part. */
function ownerOf(file: string): LockOwner | undefined {
  try {
    return JSON.parse(readIfThere(file) ?? "") as LockOwner;
  } catch {
    return undefined;
  }
}
