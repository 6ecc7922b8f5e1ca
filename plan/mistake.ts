/** One thing the user got wrong. All of them are collected, then reported at once, before anything is made. */
export interface Mistake {
  /** Config path, e.g. `muster:clusters[0].pools.worker.count`. */
  path: string;
  /** What was found, as the user wrote it. */
  found: string;
  /** What is allowed, or what to do. */
  allowed: string;
}

/** Thrown with every mistake at once; printed without a stack trace; exit code 2. */
export class UserMistakes extends Error {
  readonly mistakes: readonly Mistake[];
  constructor(mistakes: readonly Mistake[]) {
    super(describeMistakes(mistakes));
    this.name = "UserMistakes";
    this.mistakes = mistakes;
  }
}

function describeMistakes(mistakes: readonly Mistake[]): string {
  const width = Math.max(...mistakes.map((mistake) => mistake.path.length));
  const lines = mistakes.map((m) => `  ${m.path.padEnd(width)}   found ${m.found}   ${m.allowed}`);
  const count = mistakes.length === 1 ? "1 mistake" : `${mistakes.length} mistakes`;
  return `${count}, nothing was made\n\n${lines.join("\n")}\n`;
}
