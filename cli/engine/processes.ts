import { readdirSync, readFileSync } from "node:fs";

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks between boot and its start, as `/proc/PID/stat` tells it. */
  start: string;
}

/** What `/proc/PID/stat` says that we need. */
export interface ProcessStat extends ProcessIdentity {
  /** One letter: `Z` is a zombie. */
  state: string;
  parent: number;
  session: number;
}

/** Parses `/proc/PID/stat`; the command's name may hold blanks and parentheses. */
export function parseStat(text: string): ProcessStat | undefined {
  const end = text.lastIndexOf(")");
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(end + 2).split(" ");
  const [state, parent, , session] = fields;
  const start = fields[19];
  if (end < 0 || !Number.isInteger(pid) || state === undefined || start === undefined) return undefined;
  return { pid, state, parent: Number(parent), session: Number(session), start };
}

/** Undefined when there is no such process, or only its zombie. */
export function lookAt(pid: number): ProcessStat | undefined {
  try {
    const stat = parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
    return stat === undefined || stat.state === "Z" ? undefined : stat;
  } catch {
    return undefined;
  }
}

/** Whether this very process, not a later one with its number, still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return lookAt(identity.pid)?.start === identity.start;
}

/** Milliseconds since the epoch at which a process started; exact to about 10 ms plus the clock's later corrections. */
export function startedAt(stat: ProcessIdentity): number {
  const boot = /^btime (\d+)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1] ?? "0";
  // The kernel reports ticks of 1/100 s to user space on every architecture it runs on.
  return Number(boot) * 1000 + Number(stat.start) * 10;
}

/** Every living process of a session. The kernel does not reuse a leader's number while members of its session live. */
export function membersOfSession(session: number): ProcessStat[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => lookAt(Number(name)) ?? [])
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
export async function endProcesses(targets: readonly ProcessIdentity[], graceMs = 5000): Promise<void> {
  signalAll(targets, "SIGTERM");
  const deadline = Date.now() + graceMs;
  while (targets.some(isAlive) && Date.now() < deadline) await pause(100);
  signalAll(targets, "SIGKILL");
  while (targets.some(isAlive) && Date.now() < deadline + 5000) await pause(50);
}

function signalAll(targets: readonly ProcessIdentity[], signal: NodeJS.Signals): void {
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
