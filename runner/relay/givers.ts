/** Who gives: a node by its name, or this machine, over the operator's line. */
export type Giver = { node: string } | "operator";

/**
 * A node gives to so many at once: with two, everybody has it after about as long as with the best tree of transfers
 * one by one, and a slow taker does not make a giver idle.
 */
const takersAtOnce = 2;
/** Transfers in a row that went wrong, after which a node is asked no more. */
const patience = 2;

interface Standing {
  giving: number;
  failedInARow: number;
}

/**
 * Who gives an artifact to whom. The first node gets it over the operator's line, everybody else from those who have it,
 * who become more with each transfer; at no time do two transfers cross the line.
 */
export class Givers {
  readonly #nodes = new Map<string, Standing>();
  readonly #mayCross: (taker: string) => boolean;
  #crossing = false;
  #waiting: (() => void)[] = [];

  /** @param mayCross Whether a node may be the one that gets it over the operator's line, as things are now. */
  constructor(mayCross: (taker: string) => boolean) {
    this.#mayCross = mayCross;
  }

  /** Nodes that have it. */
  get names(): string[] {
    return [...this.#nodes.keys()];
  }

  add(node: string): void {
    if (!this.#nodes.has(node)) this.#nodes.set(node, { giving: 0, failedInARow: 0 });
    this.wake();
  }

  /**
   * The next one to take from; waits until somebody is free. To be given back by {@link done}.
   * @param avoid Nodes that this one could not take it from. When there are no others, it comes over the line.
   */
  async next(taker: string, avoid: ReadonlySet<string>, signal: AbortSignal): Promise<Giver> {
    for (;;) {
      signal.throwIfAborted();
      const possible = [...this.#nodes].filter(([name]) => name !== taker && !avoid.has(name));
      const [free] = possible
        .filter(([, { giving }]) => giving < takersAtOnce)
        .sort(([, one], [, other]) => one.giving - other.giving);
      if (free !== undefined) {
        free[1].giving += 1;
        return { node: free[0] };
      }
      // Whoever avoids somebody has tried it already: nothing better will come.
      if (possible.length === 0 && !this.#crossing && (avoid.size > 0 || this.#mayCross(taker))) {
        this.#crossing = true;
        return "operator";
      }
      await this.#change(signal);
    }
  }

  /** A transfer is over. */
  done(giver: Giver, went: "well" | "wrong"): void {
    if (giver === "operator") this.#crossing = false;
    else {
      const standing = this.#nodes.get(giver.node);
      if (standing !== undefined) {
        standing.giving -= 1;
        standing.failedInARow = went === "well" ? 0 : standing.failedInARow + 1;
        if (standing.failedInARow >= patience) this.#nodes.delete(giver.node);
      }
    }
    this.wake();
  }

  /** Something changed by which those who wait may go on. */
  wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }

  async #change(signal: AbortSignal): Promise<void> {
    const wake = () => this.wake();
    signal.addEventListener("abort", wake, { once: true });
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    signal.removeEventListener("abort", wake);
  }
}
