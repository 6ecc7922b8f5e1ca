import type { StageLine } from "./board.ts";

/** `2.9 s`, `1 min 12 s`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** A stage as one line, e.g. `converge     2 of 3   dev-worker-2  hdfs: Start DataNode   11 s`. */
export function stageText(line: StageLine, now: number, width = 120): string {
  const count = line.total > 0 ? `${line.done} of ${line.total}` : "";
  const time = line.startedAt === undefined ? "" : duration((line.endedAt ?? now) - line.startedAt);
  const parts = [line.name.padEnd(12), count.padEnd(line.total > 0 ? 8 : 0), line.text, time];
  const text = parts.filter((part) => part !== "").join(" ");
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** `1 master + 2 workers`. */
export function poolsText(pools: readonly { name: string; count: number }[]): string {
  return pools.map(({ name, count }) => `${count} ${count === 1 ? name : plural(name)}`).join(" + ");
}

const plural = (word: string): string => (word.endsWith("s") ? word : `${word}s`);

/** Rows with their columns lined up, two blanks apart, indented by two. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd())
    .join("\n");
}
