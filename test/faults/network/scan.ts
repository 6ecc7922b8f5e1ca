import { join } from "node:path";
import { execa } from "execa";
import { asRoot } from "../../../components/process.ts";

/** First and last port, inclusive. */
export type Range = [number, number];

/** What to ask of one address. */
export interface Question {
  address: string;
  /** Address of one's own to ask from. */
  from?: string;
  /** Interface of a link-local address. */
  scope?: string;
  tcp?: Range[];
  udp?: Range[];
  /** Ports that are asked twice before they count as silent. */
  again?: Range[];
}

/** Ports that were heard of. Of all others nothing came back. */
export interface Heard {
  open: number[];
  /** No firewall dropped the question, but nobody listens. */
  refused: number[];
}

export interface Answer {
  /** Whether it answers a ping: silence of what cannot be reached proves nothing. */
  reached: boolean;
  tcp: Heard;
  udp: Heard;
}

export const everyPort: Range[] = [[1, 65535]];

const SECONDS = 120;

/**
 * Scans ports, as seen from a network namespace.
 * @param namespace A file of one, e.g. `/proc/1/ns/net`; this process's own without.
 * @returns Answers in the order of the questions.
 */
export async function scan(questions: readonly Question[], namespace?: string): Promise<Answer[]> {
  const inside = namespace === undefined ? [] : ["nsenter", `--net=${namespace}`];
  const [program = "", ...args] = asRoot([...inside, "python3", join(import.meta.dirname, "scan.py")]);
  const { stdout } = await execa(program, args, { input: JSON.stringify(questions), timeout: SECONDS * 1000 });
  return JSON.parse(stdout) as Answer[];
}

/** Every port that gave any sign of life, as text. */
export const heardOf = ({ open, refused }: Heard): string =>
  textOf([...open, ...refused].map((port): Range => [port, port]));

/** Ports as text, in order and with nothing twice: `22,53,32768-60999`. */
export function textOf(ranges: readonly Range[]): string {
  const merged: Range[] = [];
  for (const [first, last] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const before = merged.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else merged.push([first, last]);
  }
  return merged.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}
