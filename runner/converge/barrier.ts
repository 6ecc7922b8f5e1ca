import { setTimeout as pause } from "node:timers/promises";

type Progress = "awaited" | "preparing" | "prepared" | "uninvolved";

/**
 * Nobody's daemons restart before every reachable node that changes has its files. Nodes that do not answer are waited
 * for only a while: one bad host must not hold the others.
 */
export class PrepareBarrier {
  readonly #progress = new Map<string, Progress>();
  readonly #graceUntil: number;

  constructor(nodes: readonly string[], graceMs: number) {
    for (const node of nodes) this.#progress.set(node, "awaited");
    this.#graceUntil = Date.now() + graceMs;
  }

  set(node: string, progress: Exclude<Progress, "awaited">): void {
    this.#progress.set(node, progress);
  }

  async passed(signal: AbortSignal): Promise<void> {
    while (this.#isHeld()) await pause(100, undefined, { signal });
  }

  #isHeld(): boolean {
    const grace = Date.now() < this.#graceUntil;
    return [...this.#progress.values()].some((state) => state === "preparing" || (grace && state === "awaited"));
  }
}
