import { spawn } from "node:child_process";

export interface RunOptions {
  /** Seconds; then TERM, and KILL 5 s later. Default 120. */
  timeout?: number;
  /** Show the program's own output on stderr as it comes. */
  live?: boolean;
  /** Environment instead of the own one. */
  env?: NodeJS.ProcessEnv;
}

const children = new Set<ReturnType<typeof spawn>>();

/** Argv for root: unchanged when this process is root. */
export function asRoot(argv: readonly string[], uid = process.getuid?.()): string[] {
  return uid === 0 ? [...argv] : ["sudo", "-n", "--", ...argv];
}

/** Runs a program to its end. Never throws for its exit code; 127 when it could not be started, 124 after its deadline. */
export function run(
  argv: readonly string[],
  { timeout = 120, live = false, env = process.env }: RunOptions = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const [program = "", ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env });
    children.add(child);
    const output = { stdout: "", stderr: "" };
    let late = false;
    const kill = setTimeout(() => {
      late = true;
      child.kill("SIGTERM");
      setTimeout(() => child.kill("SIGKILL"), 5000).unref();
    }, timeout * 1000);
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        output[stream] += text;
        if (live) process.stderr.write(text);
      });
    }
    const end = (code: number, reason = ""): void => {
      clearTimeout(kill);
      children.delete(child);
      resolve({ code, stdout: output.stdout, stderr: output.stderr + reason });
    };
    child.on("error", (error) => end(127, error.message));
    child.on("close", (code) => (late ? end(124, `\nno end after ${timeout} s`) : end(code ?? 1)));
  });
}

/** Ends whatever is running for us, so that a cancelled program leaves nothing behind. */
export function endChildren(): void {
  for (const child of children) child.kill("SIGTERM");
}
