import { readdirSync, readFileSync } from "node:fs";
import { isAlive, type ProcessId, type ProcessStatus, statusOf } from "../../runner/process/proc.ts";

/** Milliseconds since the epoch at which a process started; exact to about 10 ms plus the clock's later corrections. */
export function startedAt(stat: ProcessId): number {
  const boot = /^btime (\d+)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1] ?? "0";
  // The kernel reports ticks of 1/100 s to user space on every architecture it runs on.
  return Number(boot) * 1000 + Number(stat.start) * 10;
}

/** Every living process of a session. The kernel does not reuse a leader's number while members of its session live. */
export function membersOfSession(session: number): ProcessStatus[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statusOf(Number(name)) ?? [])
    .filter((stat) => stat.session === session);
}

/** Whether a process of ours was started with these variables. */
export function hasInEnvironment(pid: number, variables: Record<string, string>): boolean {
  try {
    const environment = new Set(readFileSync(`/proc/${pid}/environ`, "utf8").split("\0"));
    return Object.entries(variables).every(([name, value]) => environment.has(`${name}=${value}`));
  } catch {
    return false;
  }
}

/** TERM to all, KILL to what is left after `graceMs`; resolves when none of them lives. */
export async function endProcesses(targets: readonly ProcessId[], graceMs = 5000): Promise<void> {
  signalAll(targets, "SIGTERM");
  const deadline = Date.now() + graceMs;
  while (targets.some(isAlive) && Date.now() < deadline) await pause(100);
  signalAll(targets, "SIGKILL");
  while (targets.some(isAlive) && Date.now() < deadline + 5000) await pause(50);
}

function signalAll(targets: readonly ProcessId[], signal: NodeJS.Signals): void {
  for (const target of targets) {
    if (!isAlive(target)) continue;
    try {
      process.kill(target.pid, signal);
    } catch {
      // It ended between the look and the signal.
    }
  }
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
