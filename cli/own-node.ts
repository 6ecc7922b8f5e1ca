import { spawn } from "node:child_process";
import { type CommonOptions, teller } from "./options.ts";
import { home } from "./stacks.ts";

/** Where a program prints: here, or into an open file. */
export type Output = "inherit" | number;

/** Runs a program of the checkout with this very Node; resolves with its exit code. Signals are passed on to it. */
export function runNode(
  args: string[],
  environment: Record<string, string>,
  options: CommonOptions,
  output: Output = "inherit",
): Promise<number> {
  teller(options)(`node ${args.join(" ")}`);
  const all = ["--disable-warning=ExperimentalWarning", ...args];
  const child = spawn(process.execPath, all, {
    cwd: home(),
    env: { ...process.env, ...environment },
    stdio: ["inherit", output, output],
  });
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on("SIGINT", pass).on("SIGTERM", pass);
  return new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  }).finally(() => process.off("SIGINT", pass).off("SIGTERM", pass));
}
