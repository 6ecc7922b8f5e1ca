import { UserMistakes } from "../plan/mistake.ts";

/** Exit codes of every command. */
export const exit = { ready: 0, failed: 1, mistake: 2, degraded: 3 } as const;

/** Something that went wrong and is fully told by its message: printed without a stack. */
export class Trouble extends Error {
  readonly code: number;
  constructor(message: string, code: number = exit.failed) {
    super(message);
    this.name = "Trouble";
    this.code = code;
  }
}

/** A wrong use of the command line. */
export const misuse = (message: string): Trouble => new Trouble(message, exit.mistake);

/** What to print for whatever was thrown, and the exit code. */
export function explain(error: unknown, source: string, verbose = false): { text: string; code: number } {
  if (error instanceof UserMistakes) {
    const [count, ...rest] = error.message.split(", nothing was made");
    const inFile = error.mistakes.some((mistake) => mistake.path.includes(":")) ? ` in ${source}` : "";
    return { text: `muster: ${count}${inFile}, nothing was made${rest.join("").trimEnd()}`, code: exit.mistake };
  }
  if (error instanceof Trouble) return { text: `muster: ${error.message}`, code: error.code };
  if (!(error instanceof Error)) return { text: `muster: ${String(error)}`, code: exit.failed };
  // These are ours to mend, and whoever does it needs to know where.
  const isBug = ["TypeError", "RangeError", "ReferenceError", "AssertionError"].includes(error.name);
  const text = isBug || verbose ? (error.stack ?? error.message) : error.message;
  return { text: `muster: ${text}`, code: exit.failed };
}
