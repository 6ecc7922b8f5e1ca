import type { Asked } from "./rules.ts";

/** Ids of things, as OpenStack's services write them. */
const ID = /\/([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})(?=[/.?]|$)/g;

/** A request's kind: `GET /compute/v2.1/servers/{id}`. */
export const callOf = ({ method, path }: Pick<Asked, "method" | "path">): string =>
  `${method} ${path.replace(/\?.*$/, "").replaceAll(ID, "/{id}")}`;

/** How often each kind of request was made. */
export class Calls {
  readonly #counts = new Map<string, number>();

  count(call: string): void {
    this.#counts.set(call, (this.#counts.get(call) ?? 0) + 1);
  }

  /** All, or those of a kind. */
  number(kind?: RegExp): number {
    let sum = 0;
    for (const [call, count] of this.#counts) if (kind?.test(call) ?? true) sum += count;
    return sum;
  }

  /** The most frequent first. */
  get table(): [call: string, count: number][] {
    return [...this.#counts].sort(([, a], [, b]) => b - a);
  }

  clear(): void {
    this.#counts.clear();
  }
}
