import { closest, distance } from "fastest-levenshtein";

/** The valid name most like a wrong one, if it is near enough to be a slip of the fingers. */
function nearest(wrong: string, valid: readonly string[]): string | undefined {
  if (valid.length === 0) return undefined;
  const best = closest(wrong.toLowerCase(), [...valid]);
  return distance(wrong.toLowerCase(), best.toLowerCase()) <= Math.max(2, Math.floor(best.length / 3))
    ? best
    : undefined;
}

/** What to say about an unknown name: the nearest valid one, and the valid ones. */
export function suggestion(wrong: string, valid: readonly string[]): string {
  if (valid.length === 0) return "nothing is allowed here";
  const best = nearest(wrong, valid);
  const shown = valid.slice(0, 12);
  const list = `${shown.join(", ")}${valid.length > shown.length ? ", …" : ""}`;
  return best === undefined ? `allowed: ${list}` : `did you mean "${best}"?   (${list})`;
}
