import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { statusOf } from "../process/proc.ts";

/**
 * Runs `work` while holding a lock file; waits while another living process holds it. A lock of a dead process counts as
 * free: it names process id and start time, so a reused id does not keep it alive.
 */
export async function withLock<T>(file: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const me = `${process.pid} ${startTime(process.pid)} ${Math.random().toString(36).slice(2)}`;
  const mine = `${file}.${me.replaceAll(" ", ".")}`;
  await writeFile(mine, me);
  try {
    // link() is atomic and fails when the lock exists; the file is whole from its first moment.
    while (!(await claimed(mine, file))) {
      signal?.throwIfAborted();
      await clearDead(file, mine);
      await sleep(100, undefined, { signal });
    }
    try {
      return await work();
    } finally {
      await rm(file, { force: true });
    }
  } finally {
    await rm(mine, { force: true });
  }
}

async function claimed(mine: string, file: string): Promise<boolean> {
  try {
    await link(mine, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function clearDead(file: string, mine: string): Promise<void> {
  const holder = await readFile(file, "utf8").catch(() => "");
  if (holder === "" || isAlive(holder)) return;
  // Take it aside first and look again: two waiters may have seen the same dead holder, and the faster one's new lock
  // must not be thrown away by the slower.
  const aside = `${mine}.dead`;
  try {
    await rename(file, aside);
  } catch {
    return;
  }
  const taken = await readFile(aside, "utf8");
  if (taken !== holder) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

function isAlive(holder: string): boolean {
  const [pid, start] = holder.split(" ");
  return startTime(Number(pid)) === start;
}

/** Clock ticks from boot to the process's start, "" when there is no such process. */
const startTime = (pid: number): string => statusOf(pid)?.start ?? "";
