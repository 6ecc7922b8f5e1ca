import type { OutgoingHttpHeaders } from "node:http";

/** A request as a rule sees it. */
export interface Asked {
  method: string;
  /** Begins with the service's name: `/compute/v2.1/servers`. */
  path: string;
  body: string;
}

/** An answer that the service never gave. */
export interface Answer {
  status: number;
  headers?: OutgoingHttpHeaders;
  body?: unknown;
}

/** What becomes of a request instead of going to its service and back. */
export type Fate =
  | { answer: Answer }
  /** No byte comes, until the caller gives up. */
  | { hang: true }
  /** The connection breaks before the service hears of the request, or when it has done what it was asked for. */
  | { cut: "before" | "after" };

/** Which requests are harmed, and how. */
export interface Rule {
  method?: string;
  path: RegExp;
  /** Of what the request carries. */
  body?: RegExp;
  /** The first of the matching requests that is harmed, from 1. Default 1. */
  from?: number;
  /** How many are harmed. Default 1. */
  times?: number;
  /** Milliseconds before anything happens. */
  delay?: number;
  /** Without one it only takes longer. */
  fate?: Fate;
}

/** Rules in their order, and how often each has matched. */
export class Rules {
  readonly #rules: { rule: Rule; matched: number; harmed: number }[] = [];

  add(rule: Rule): void {
    this.#rules.push({ rule, matched: 0, harmed: 0 });
  }

  clear(): void {
    this.#rules.length = 0;
  }

  /** How many requests rules have harmed, since they were cleared. */
  get harmed(): number {
    return this.#rules.reduce((sum, { harmed }) => sum + harmed, 0);
  }

  /** The rule that a request falls under: the first that matches it and whose turn it is. Every matching one counts it. */
  for(asked: Asked): Rule | undefined {
    let found: Rule | undefined;
    for (const entry of this.#rules) {
      if (!matches(entry.rule, asked)) continue;
      entry.matched += 1;
      const { from = 1, times = 1 } = entry.rule;
      if (found !== undefined || entry.matched < from || entry.matched >= from + times) continue;
      entry.harmed += 1;
      found = entry.rule;
    }
    return found;
  }
}

const matches = ({ method, path, body }: Rule, asked: Asked): boolean =>
  (method === undefined || method === asked.method) && path.test(asked.path) && (body?.test(asked.body) ?? true);
