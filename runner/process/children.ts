import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";

const running = new Set<ChildProcessWithoutNullStreams>();

export interface ChildOptions {
  cwd?: string;
  /** Adds to, and overrides, this process's environment. */
  env?: Record<string, string>;
}

/** Starts a program in a process group of its own, which {@link endChild} and {@link endChildren} end as a whole. */
export function startChild(argv: readonly string[], options: ChildOptions = {}): ChildProcessWithoutNullStreams {
  const [program, ...rest] = argv;
  if (program === undefined) throw new Error("an empty command line");
  const child = spawn(program, rest, {
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
  });
  running.add(child);
  child.once("close", () => running.delete(child));
  child.once("error", () => running.delete(child));
  // A child that ends before it has read everything is an ordinary end, told by its exit code.
  child.stdin.on("error", () => undefined);
  return child;
}

/** TERM to the child's whole group, KILL after `graceMs`. */
export function endChild(child: ChildProcessWithoutNullStreams, graceMs = 2000): void {
  signalGroup(child.pid, "SIGTERM");
  setTimeout(() => signalGroup(child.pid, "SIGKILL"), graceMs).unref();
}

/** Ends every child; resolves when all are gone, at the latest shortly after `graceMs`. */
export async function endChildren(graceMs = 2000): Promise<void> {
  const groups = [...running].map((child) => child.pid);
  for (const pid of groups) signalGroup(pid, "SIGTERM");
  const deadline = Date.now() + graceMs;
  while (running.size > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  // Also the groups whose leader is gone: what it started may have stayed.
  for (const pid of groups) signalGroup(pid, "SIGKILL");
}

export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
  /** It was ended because its time was up. */
  timedOut: boolean;
}

/** Runs a program to its end, or to its deadline; keeps the first 256 KiB of each stream. Never rejects. */
export async function runChild(argv: readonly string[], timeoutMs: number, options?: ChildOptions): Promise<Finished> {
  const limit = 256 * 1024;
  const finished: Finished = { code: -1, stdout: "", stderr: "", timedOut: false };
  return new Promise((resolve) => {
    const child = startChild(argv, options);
    const timer = setTimeout(() => {
      finished.timedOut = true;
      endChild(child, 1000);
    }, timeoutMs);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (finished.stdout.length < limit) finished.stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (finished.stderr.length < limit) finished.stderr += text;
    });
    child.once("error", (error) => {
      clearTimeout(timer);
      resolve({ ...finished, stderr: error.message });
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ ...finished, code: code ?? -1 });
    });
    child.stdin.end();
  });
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone.
  }
}
