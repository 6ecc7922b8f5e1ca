/** The n-th event of a run: of the engine's, before the runner begins, or of the runner's. */
export interface Moment {
  of: "engine" | "runner";
  index: number;
}

/** How many events there were of each. */
export interface Timeline {
  engine: number;
  runner: number;
}

/** Whether the long loops are wanted: every moment, not a few. */
export const everyMoment = process.env["MUSTER_FULL"] !== undefined;

/** What the few moments are chosen by. The same ones every time, so that a red run is its change's: others by the variable. */
export const seed = Number(process.env["MUSTER_FAULT_SEED"] ?? 20_261_121);

/** Every moment of a run that told so much, in order. */
export function momentsOf({ engine, runner }: Timeline): Moment[] {
  const moments = (of: Moment["of"], count: number): Moment[] =>
    Array.from({ length: count }, (_, at) => ({ of, index: at + 1 }));
  return [...moments("engine", engine), ...moments("runner", runner)];
}

/**
 * One of a run's moments: of `parts` equal parts of the run the one numbered `part`, and in it any.
 * @param name what else the choice depends on, so that two loops do not always meet the same moments
 */
export function momentIn(moments: readonly Moment[], part: number, parts: number, name: string): Moment {
  // The last events are not the same in number from run to run.
  const reached = Math.max(1, Math.floor(moments.length * 0.95));
  const at = Math.floor(((part + fraction(`${seed} ${name} ${part}`)) / parts) * reached);
  const moment = moments[Math.min(at, reached - 1)];
  if (moment === undefined) throw new Error("a run without moments");
  return moment;
}

export const nameOf = ({ of, index }: Moment): string => `${of} event ${index}`;

/** Any number from 0 to 1, always the same for the same text: FNV-1a, then its bits mixed. */
export function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
