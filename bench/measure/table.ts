/** One line of a result: what was measured, what it should be. */
export interface Row {
  what: string;
  value: string;
  target?: string;
  /** Whether the target is met; absent where there is none. */
  ok?: boolean;
}

/** Rows as Markdown, ready to be pasted. */
export function resultTable(rows: readonly Row[]): string {
  const cells = rows.map(({ what, value, target, ok }) => [
    what,
    value,
    target ?? "",
    ok === undefined ? "" : ok ? "yes" : "**no**",
  ]);
  return markdown(["measured", "value", "target", "met"], cells);
}

/** A Markdown table whose columns line up. */
export function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) => Math.max(3, name.length, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? "").padEnd(width)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/** The middle one; of an even number, the mean of both. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("no values, no median");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

/** `12.3 s`; of several runs the median and the range: `12.3 s (11.9–14.0)`. */
export const seconds = (values: number | readonly number[], digits = 1): string => spread(values, digits, " s");

/** `2.6×`, as {@link seconds}. */
export const times = (values: number | readonly number[], digits = 1): string => spread(values, digits, "×");

function spread(values: number | readonly number[], digits: number, unit: string): string {
  const all = typeof values === "number" ? [values] : values;
  const middle = `${median(all).toFixed(digits)}${unit}`;
  return all.length === 1
    ? middle
    : `${middle} (${Math.min(...all).toFixed(digits)}–${Math.max(...all).toFixed(digits)})`;
}

export const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MiB`;
export const gibibytes = (bytes: number): string => (bytes / 1024 ** 3).toFixed(1);
