import { type ChildProcess, spawn } from "node:child_process";

export interface RunOptions {
  /** Seconds; then TERM, and KILL 20 s later, to the child's whole process group. Default 300. */
  timeout?: number;
  /** End it when this program is told to end. Default false: what changes podman's records must not stop half-way. */
  interruptible?: boolean;
  env?: NodeJS.ProcessEnv;
}

export interface Ended {
  /** 127: could not be started; 124: its time was over. */
  code: number;
  stdout: string;
  stderr: string;
}

const interruptible = new Set<ChildProcess>();

/** Argv for root: unchanged when this process is root. */
export function asRoot(argv: readonly string[], uid = process.getuid?.()): string[] {
  return uid === 0 ? [...argv] : ["sudo", "-n", "--", ...argv];
}

/**
 * Runs a program to its end; never throws for its exit code. It gets a session of its own, so that signals to ours (a
 * terminal's Ctrl-C, a killed process group) do not hit it.
 */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const [program = "", ...args] = argv;
  const { timeout = 300, env = process.env } = options;
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env, detached: true });
    if (options.interruptible) interruptible.add(child);
    const output = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => void (output[stream] += text));
    }
    let kill: NodeJS.Timeout | undefined;
    let late = false;
    const deadline = setTimeout(() => {
      late = true;
      signal(child, "SIGTERM");
      kill = setTimeout(() => signal(child, "SIGKILL"), 20_000);
    }, timeout * 1000);
    const end = (code: number, reason = ""): void => {
      clearTimeout(deadline);
      clearTimeout(kill);
      interruptible.delete(child);
      resolve({ code, stdout: output.stdout, stderr: output.stderr + reason });
    };
    child.on("error", (error) => end(127, error.message));
    child.on("close", (code) => (late ? end(124, `\nno end after ${timeout} s`) : end(code ?? 1)));
  });
}

/** The engine's variables (its passphrase among them) must not reach what a program leaves running. */
export const withoutPulumi = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("PULUMI_")));

/**
 * Tells again and again, once its parent is gone: a cancelled command's shell is killed, and this program would outlive
 * it unheard.
 */
export function whenOrphaned(act: () => void): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) act();
  }, 1000).unref();
}

/** Ends what may be ended, so that a cancelled program leaves no long work behind. */
export function endChildren(): void {
  for (const child of interruptible) signal(child, "SIGTERM");
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, name);
  } catch {
    // Gone already, or root's: sudo ends with its own command.
  }
}
