import { setTimeout as pause } from "node:timers/promises";
import pLimit, { type LimitFunction } from "p-limit";

/** What `bin/activate --plan` says it would do: daemons by name. */
export interface ActivationPlan {
  restart: string[];
  reload: string[];
  start: string[];
  stop: string[];
}

/** As a name among those of daemons: the node itself. */
const ANY_NODE = "the node";

/** Too many daemons of one kind did not come back: the others are left running as they are. */
export class RestartsStopped extends Error {}

/**
 * Keeps a changing cluster in service: masters that restart something go one by one and first; of each other daemon
 * at most `maxUnavailable` restart at once, and when as many did not come back, no more are touched.
 */
export class Restarts {
  readonly #masters = pLimit(1);
  readonly #daemons = new Map<string, LimitFunction>();
  readonly #failed = new Map<string, number>();
  readonly #maxUnavailable: number;
  readonly #rebooting = { masters: 0, workers: 0 };
  readonly #openMasters = new Map<string, PromiseWithResolvers<void>>();

  constructor(maxUnavailable: number) {
    this.#maxUnavailable = Math.max(1, maxUnavailable);
  }

  /** A master that answers and will change. */
  expectMaster(node: string): void {
    this.#openMasters.set(node, Promise.withResolvers<void>());
  }

  /** This node is through, well or not. */
  settle(node: string): void {
    this.#openMasters.get(node)?.resolve();
  }

  /** Waits until every expected master is through. */
  async mastersSettled(): Promise<void> {
    await Promise.all([...this.#openMasters.values()].map((master) => master.promise));
  }

  async master<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#masters(work);
  }

  /**
   * Takes a whole node out of service and back: a master alone, and no worker meanwhile; of others at most so many, and in
   * turn with the restarts of each of their daemons. Throws {@link RestartsStopped} without having called `work`.
   */
  async node({ isMaster, daemons }: { isMaster: boolean; daemons: readonly string[] }, work: () => Promise<void>) {
    // In one order for all: two that wait for each other would wait for ever.
    const turns = [ANY_NODE, ...[...daemons].sort()];
    const inTurn = turns.reduceRight((inner, name) => () => this.daemon(name, inner), work);
    return isMaster ? this.master(() => this.#apart("masters", inTurn)) : this.#apart("workers", inTurn);
  }

  async #apart(kind: "masters" | "workers", work: () => Promise<void>): Promise<void> {
    while (this.#rebooting[kind === "masters" ? "workers" : "masters"] > 0) await pause(50);
    this.#rebooting[kind] += 1;
    try {
      await work();
    } finally {
      this.#rebooting[kind] -= 1;
    }
  }

  /** Throws {@link RestartsStopped} without having called `work`. */
  async daemon(name: string, work: () => Promise<void>): Promise<void> {
    const limit = this.#daemons.get(name) ?? pLimit(this.#maxUnavailable);
    this.#daemons.set(name, limit);
    return limit(async () => {
      const failed = this.#failed.get(name) ?? 0;
      if (failed >= this.#maxUnavailable)
        throw new RestartsStopped(
          `${name} was not restarted: on ${failed} other ${failed === 1 ? "node" : "nodes"} it did not come back`,
        );
      try {
        await work();
      } catch (error) {
        this.#failed.set(name, failed + 1);
        throw error;
      }
    });
  }
}

/** Reads what `bin/activate --plan` printed. Throws when it is no plan. */
export function parseActivationPlan(text: string): ActivationPlan {
  const plan = JSON.parse(text.trim().split("\n").at(-1) ?? "") as Partial<ActivationPlan> | null;
  const list = (value: unknown): string[] => {
    if (!Array.isArray(value) || !value.every((name) => typeof name === "string"))
      throw new Error("activate --plan printed no plan");
    return value;
  };
  return { restart: list(plan?.restart), reload: list(plan?.reload), start: list(plan?.start), stop: list(plan?.stop) };
}
