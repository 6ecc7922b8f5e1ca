import { markdown } from "./table.ts";

/** The moment at which a part of the work was over. */
export interface Mark {
  /** Milliseconds since the epoch; not a number where it was never seen. */
  at: number;
  what: string;
  where: string;
}

/** What the whole machine had worked by some moment. */
export interface Sample {
  at: number;
  seconds: number;
}

/** Marks in the order in which they were reached, each with what it took from the one before; the first from `from` on. */
export function timelineTable(marks: readonly Mark[], from: number, cpu: readonly Sample[]): string {
  const worked = (at: number): number => cpu.findLast((sample) => sample.at <= at)?.seconds ?? cpu[0]?.seconds ?? 0;
  const begin = from;
  const seen = marks.filter(({ at }) => Number.isFinite(at)).toSorted((a, b) => a.at - b.at);
  const rows = seen.map(({ at, what, where }) => {
    const row = [what, where, ...[from, at].map((time) => ((time - begin) / 1000).toFixed(1))];
    const numbers = [(at - from) / 1000, worked(at) - worked(from)].map((value) => value.toFixed(1));
    from = at;
    return [...row, ...numbers];
  });
  return markdown(["part of the critical path", "where", "from s", "to s", "seconds", "all processors' s"], rows);
}
