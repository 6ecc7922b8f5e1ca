import { readFileSync } from "node:fs";

/** A process, told apart from a later one that got the same number. */
export interface ProcessId {
  pid: number;
  /** Clock ticks between boot and the process's start, as text; empty where there is no `/proc`. */
  start: string;
}

interface ProcessStatus extends ProcessId {
  name: string;
  state: string;
  parent: number;
}

/** What `/proc` says about a process; `undefined` when it is gone, also when only its parent has not noticed yet. */
export function statusOf(pid: number): ProcessStatus | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name stands in brackets and may hold spaces and brackets itself.
    const end = text.lastIndexOf(")");
    const fields = text.slice(end + 2).split(" ");
    const state = fields[0] ?? "X";
    if (state === "Z" || state === "X") return undefined;
    const name = text.slice(text.indexOf("(") + 1, end);
    return { pid, name, state, parent: Number(fields[1]), start: fields[19] ?? "" };
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

export function thisProcess(): ProcessId {
  return { pid: process.pid, start: statusOf(process.pid)?.start ?? "" };
}

/** Changes with each boot of this machine; empty where there is no `/proc`. */
export function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}
