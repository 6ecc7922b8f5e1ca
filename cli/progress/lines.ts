import { oneLine } from "../../runner/record/plain-text.ts";
import type { StageLine } from "./board.ts";

/** `2.9 s`, `1 min 12 s`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * A stage as one line, e.g. `converge     2 of 3   dev-worker-2  hdfs: Start DataNode +41 s`.
 * @param startedAt The run's start. Stages overlap, so the time is what the run's clock shows, or showed at their end.
 */
export function stageText(line: StageLine, startedAt: number, now: number, width = 120): string {
  const count = line.total > 0 ? `${line.done} of ${line.total}` : "";
  const time = `+${duration(Math.max(0, (line.endedAt ?? now) - startedAt))}`;
  const head = line.total > 0 ? `${line.name.padEnd(12)} ${count.padEnd(8)}` : line.name.padEnd(12);
  const room = width - head.length - time.length - 2;
  const text = line.text.length <= room ? line.text : `${line.text.slice(0, room - 1)}…`;
  return [head, text, time].filter((part) => part !== "").join(" ");
}

/** `1 master + 2 workers`. */
export function poolsText(pools: readonly { name: string; count: number }[]): string {
  return pools.map(({ name, count }) => `${count} ${count === 1 ? name : plural(name)}`).join(" + ");
}

const plural = (word: string): string => (word.endsWith("s") ? word : `${word}s`);

/** Rows with their columns lined up, two blanks apart, indented by two. */
export function table(given: readonly (readonly string[])[]): string {
  const rows = given.map((row) => row.map((cell) => oneLine(cell)));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd())
    .join("\n");
}
