/** The stages of a run whose times are told. */
export type TimedStage = "leave" | "machines" | "converge" | "verify";

/**
 * How a run's time was spent, as parts that add up to the whole. Stages overlap: one node is configured while another
 * boots. So the time up to a mark, since the mark before, is the stage's that the mark ends; `machines` is what the run
 * waited for its last machine, `converge` what it took from then on.
 */
export class StageTimes {
  readonly #now: () => number;
  readonly #spent: Partial<Record<TimedStage, number>> = {};
  #last: number;

  /** @param now Milliseconds, of a clock that is never set back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#last = now();
  }

  /** What the run did since the last mark was this stage. */
  mark(stage: TimedStage): void {
    const now = this.#now();
    this.#spent[stage] = (this.#spent[stage] ?? 0) + now - this.#last;
    this.#last = now;
  }

  /** Seconds by stage, to a tenth. */
  get seconds(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.#spent).map(([stage, spent]) => [stage, Math.round(spent / 100) / 10]),
    );
  }
}
