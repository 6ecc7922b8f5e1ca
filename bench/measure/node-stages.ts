import type { ProgressEvent } from "../../contract/summary.ts";

/** How long one node's configuration took, in seconds. */
export interface NodeStages {
  /** From its answer until its own Ansible begins: view, and bundle where it lacks it. */
  sent: number;
  /** Ansible, from its start to its end. */
  prepared: number;
  /** From its answer until it is configured. */
  all: number;
}

/** Of every node in one run's events. */
export function nodeStages(events: readonly ProgressEvent[]): NodeStages[] {
  const names = new Set(events.flatMap(({ node }) => node ?? []));
  return [...names].map((name) => {
    const at = (stage: string, state: string): number =>
      events.find((event) => event.node === name && event.stage === stage && event.state === state)?.at ?? Number.NaN;
    const [answers, begins] = [at("machine", "done"), at("prepare", "started")];
    const between = (from: number, to: number): number => (to - from) / 1000;
    return {
      sent: between(answers, begins),
      prepared: between(begins, at("activate", "started")),
      all: between(answers, at("activate", "done")),
    };
  });
}
