import { readMachine } from "./machine.ts";
import { engineFlags } from "./machine-needs.ts";
import { asRoot, run, type RunOptions, withoutPulumi } from "../../process.ts";

/** A podman call that failed: message = podman's own last line. */
export class PodmanError extends Error {
  readonly stderr: string;
  readonly code: number;
  constructor(subcommand: string, code: number, stderr: string) {
    super(`podman ${subcommand}: ${lastLine(stderr) || `exit code ${code}`}`);
    this.name = "PodmanError";
    this.code = code;
    this.stderr = stderr;
  }
}

/** Runs podman as root (by sudo, without a question, for anybody else) with the flags this machine needs. */
export async function podman(args: readonly string[], options: RunOptions = {}): Promise<string> {
  const argv = asRoot(["podman", ...engineFlags(await readMachine()), ...args]);
  const result = await run(argv, { env: withoutPulumi(process.env), ...options });
  if (result.code === 0) return result.stdout;
  throw new PodmanError(args.slice(0, 2).join(" "), result.code, result.stderr);
}

/** Podman's JSON answer; an empty answer is an empty list. */
export async function podmanList<Row>(args: readonly string[], options?: RunOptions): Promise<Row[]> {
  const text = (await podman([...args, "--format", "json"], options)).trim();
  return text === "" ? [] : ((JSON.parse(text) ?? []) as Row[]);
}

/** Whether podman's store has an image. */
export async function imageExists(name: string): Promise<boolean> {
  try {
    await podman(["image", "exists", name]);
    return true;
  } catch (error) {
    // 1 is the answer "no"; everything else is a failure.
    if (error instanceof PodmanError && error.code === 1) return false;
    throw error;
  }
}

function lastLine(text: string): string {
  const line = text.trim().split("\n").at(-1) ?? "";
  return line.replace(/^Error: /, "");
}
