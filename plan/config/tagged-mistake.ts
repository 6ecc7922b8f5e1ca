import type { Mistake } from "../mistake.ts";

/** A mistake relative to its cluster, with the top-level fields it was judged by. */
export interface TaggedMistake extends Mistake {
  /** The mistake is not worth telling when one of these fields is malformed: it could be a mere consequence. */
  judgedBy: string[];
}

/** Every value that occurs more than once, with the position of each repetition. */
export function repetitions<T>(values: readonly T[]): { value: T; at: number }[] {
  const seen = new Set<T>();
  return values.flatMap((value, at) => {
    if (seen.has(value)) return [{ value, at }];
    seen.add(value);
    return [];
  });
}
