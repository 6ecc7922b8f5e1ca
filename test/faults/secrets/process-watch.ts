import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Canaries } from "./canaries.ts";

const EVERY_MS = 100;

/**
 * Looks at all processes of this machine, those in containers too, ten times a second, and keeps what everybody could
 * have seen of them.
 */
export class ProcessWatch {
  /** Arguments and, of processes in containers, variables: everything once. */
  readonly #seen = new Set<string>();
  readonly #known = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #looks = 0;

  start(): void {
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** How often it looked. */
  get looks(): number {
    return this.#looks;
  }

  /** What it saw with secrets in it, shortened. */
  with(canaries: Canaries): string[] {
    const found = [...this.#seen].map((text) => ({ text, secrets: canaries.seenIn(text) }));
    return found
      .filter(({ secrets }) => secrets.length > 0)
      .map(({ text, secrets }) => `${secrets}: ${text.slice(0, 200)}`);
  }

  #look(): void {
    this.#looks += 1;
    for (const pid of processes()) {
      const argv = readable(`/proc/${pid}/cmdline`);
      if (argv === "" || this.#known.get(pid) === argv) continue;
      this.#known.set(pid, argv);
      this.#seen.add(`arguments ${argv}`);
      if (isContained(pid)) this.#seen.add(`variables ${readable(`/proc/${pid}/environ`)}`);
    }
  }
}

/** Processes that run now and have secrets among their variables. */
export const keepers = (canaries: Canaries): string[] =>
  processes()
    .filter((pid) => pid !== String(process.pid))
    .map((pid) => ({ pid, secrets: canaries.seenIn(readable(`/proc/${pid}/environ`)) }))
    .filter(({ secrets }) => secrets.length > 0)
    .map(({ pid, secrets }) => `${secrets}: ${readable(`/proc/${pid}/cmdline`).slice(0, 200)}`);

const processes = (): string[] => readdirSync("/proc").filter((name) => /^\d+$/.test(name));

function isContained(pid: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`) !== readlinkSync("/proc/self/ns/pid");
  } catch {
    return false;
  }
}

/** Words of a file in /proc, separated by spaces; empty when the process is gone. */
function readable(path: string): string {
  try {
    return readFileSync(path, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}
