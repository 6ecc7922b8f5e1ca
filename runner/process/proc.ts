import { readFileSync } from "node:fs";

/** A process, told apart from a later one that got the same number. */
export interface ProcessId {
  pid: number;
  /** Clock ticks between boot and the process's start, as text; empty where there is no `/proc`. */
  start: string;
}

/** What `/proc/PID/stat` says that we need. */
export interface ProcessStatus extends ProcessId {
  name: string;
  /** One letter: `Z` is a zombie. */
  state: string;
  parent: number;
  session: number;
}

/** Parses `/proc/PID/stat`; the name stands in brackets and may hold spaces and brackets itself. */
export function parseStatus(text: string): ProcessStatus | undefined {
  const end = text.lastIndexOf(")");
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(end + 2).split(" ");
  const [state, parent, , session] = fields;
  const start = fields[19];
  if (end < 0 || !Number.isInteger(pid) || state === undefined || start === undefined) return undefined;
  const name = text.slice(text.indexOf("(") + 1, end);
  return { pid, name, state, parent: Number(parent), session: Number(session), start };
}

/** What `/proc` says about a process; `undefined` when it is gone, also when only its parent has not noticed yet. */
export function statusOf(pid: number): ProcessStatus | undefined {
  try {
    const status = parseStatus(readFileSync(`/proc/${pid}/stat`, "utf8"));
    return status === undefined || status.state === "Z" || status.state === "X" ? undefined : status;
  } catch {
    return undefined;
  }
}

/** Whether that very process lives. Without `/proc`: whether its number is in use. */
export function isAlive(process_: ProcessId): boolean {
  if (process_.start === "") {
    try {
      process.kill(process_.pid, 0);
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "EPERM";
    }
  }
  return statusOf(process_.pid)?.start === process_.start;
}
