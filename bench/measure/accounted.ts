import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

/** What a command and everything that it started cost. */
export interface Account {
  /** From its start to its own end. */
  seconds: number;
  /** Processor time, also of what made itself independent. */
  cpuSeconds: number;
  stdout: string;
}

const longestMs = 30 * 60_000;

export interface CommandOptions {
  env: Record<string, string>;
  input?: string;
  /** Told the number of the process above the command. */
  begun?: (pid: number) => void;
}

/** Runs a command. @throws Error with all that it printed, when it does not end well. */
export async function accounted(argv: readonly string[], options: CommandOptions): Promise<Account> {
  const folder = mkdtempSync(join(tmpdir(), "muster-bench-"));
  const file = join(folder, "account.json");
  try {
    const child = execa("python3", [join(import.meta.dirname, "accounted.py"), file, ...argv], {
      env: options.env,
      input: options.input ?? "",
      timeout: longestMs,
      maxBuffer: 1 << 27,
    });
    if (child.pid !== undefined) options.begun?.(child.pid);
    const { stdout } = await child;
    return { ...(JSON.parse(readFileSync(file, "utf8")) as Omit<Account, "stdout">), stdout };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
