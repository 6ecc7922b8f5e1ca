/** Lines of errors that are told: the first ones say why, those after them what to make of it. */
const MOST = 2;

/** Why pip did not do what it was to do, in its own words, without its advice. */
export function pipReason(said: string, exitCode: number | undefined): string {
  const lines = said
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const errors = lines.flatMap((line) => /^error: *(.*)$/i.exec(line)?.[1] ?? []);
  if (errors.length > 0) return errors.slice(0, MOST).join(" ");
  return lines.at(-1) ?? `pip ended with ${exitCode ?? "a signal"}`;
}
