import type { ProgressEvent } from "../../contract/summary.ts";

export type StageName = "leave" | "image" | "network" | "hosts" | "converge" | "verify";

/** One line of a run as people see it. */
export interface StageLine {
  name: StageName;
  state: "waiting" | "running" | "done" | "failed";
  done: number;
  /** 0: not counted. */
  total: number;
  /** What was heard last: a node and what it does; of a stage that failed, what failed. */
  text: string;
  /** Milliseconds since the epoch. */
  endedAt?: number;
}

/** Where each cluster of a run stands, from the runner's events and the engine's. Holds no terminal. */
export class Board {
  readonly cluster: string;
  /** Milliseconds since the epoch: times are told from here on, because stages overlap. */
  readonly startedAt: number;
  readonly #stages: Map<StageName, StageLine>;
  readonly #nodes: Map<StageName, Set<string>> = new Map();
  readonly #failures: Map<StageName, string[]> = new Map();

  /** @param nodes How many nodes are planned. */
  constructor(cluster: string, nodes: number, startedAt: number = Date.now()) {
    this.cluster = cluster;
    this.startedAt = startedAt;
    const line = (name: StageName, total: number): [StageName, StageLine] => [
      name,
      { name, state: "waiting", done: 0, total, text: "" },
    ];
    this.#stages = new Map([line("network", 0), line("hosts", nodes), line("converge", nodes), line("verify", 0)]);
  }

  /** In the order in which they are shown; `leave` only when somebody leaves, `image` when one is looked for or baked. */
  get stages(): StageLine[] {
    return [...this.#stages.values()];
  }

  hear(event: ProgressEvent): void {
    if (event.stage === "run") this.#hearRun(event);
    else if (event.node === undefined) this.#hearStage(stageOf(event.stage), event);
    else this.#hearNode(event.node, event);
  }

  /** The engine began or finished something of the cluster's network, or its image. */
  hearEngine(name: "network" | "image", state: "started" | "done" | "failed", at: number): void {
    const line = this.#line(name);
    this.#begin(line);
    if (state === "started") line.state = "running";
    else this.#end(line, state, at);
  }

  /** Nothing more will be heard: what still runs did not get further. */
  close(at: number, ready: boolean): void {
    for (const line of this.#stages.values())
      if (line.state === "running") this.#end(line, this.#truth(line, ready), at);
  }

  #hearRun(event: ProgressEvent): void {
    if (event.state === "started") this.#begin(this.#line("hosts"));
    if (event.state === "failed" || event.state === "done") this.close(event.at, event.state === "done");
  }

  /** One check, or one service that was left: what the stage came to is known when the run goes on, or ends. */
  #hearStage(name: StageName, event: ProgressEvent): void {
    const line = this.#line(name);
    this.#begin(line);
    if (name === "verify") this.#endEarlier(event.at);
    if (event.text !== undefined) line.text = event.text;
    if (event.state === "failed") this.#blame(name, event.text ?? "failed");
  }

  #hearNode(node: string, event: ProgressEvent): void {
    const line = this.#line(stageOf(event.stage));
    this.#begin(line);
    line.text = [node, event.text ?? event.stage].join("  ");
    if (event.state === "failed") this.#blame(line.name, `${node}: ${event.text ?? `failed at ${event.stage}`}`);
    // A node is configured when it has been activated; what comes before is a part of the way.
    if (event.state !== "done" || event.stage === "prepare" || event.stage === "artifacts") return;
    const finished = this.#nodes.get(line.name) ?? new Set<string>();
    this.#nodes.set(line.name, finished.add(node));
    if (line.total === 0) return;
    line.done = finished.size;
    if (line.done >= line.total) this.#end(line, "done", event.at);
  }

  /** Checks begin when nothing is left to be done to the nodes. */
  #endEarlier(at: number): void {
    for (const line of this.#stages.values()) {
      if (line.name !== "verify" && line.state === "running") this.#end(line, this.#truth(line, true), at);
    }
  }

  /** How a stage ended that nobody said the end of. */
  #truth(line: StageLine, ready: boolean): "done" | "failed" {
    const whole = line.done >= line.total && !this.#failures.has(line.name);
    return ready && whole ? "done" : "failed";
  }

  #blame(name: StageName, what: string): void {
    this.#failures.set(name, [...(this.#failures.get(name) ?? []), what]);
  }

  #line(name: StageName): StageLine {
    const known = this.#stages.get(name);
    if (known !== undefined) return known;
    const line: StageLine = { name, state: "waiting", done: 0, total: 0, text: "" };
    const rest = [...this.#stages];
    this.#stages.clear();
    for (const [key, value] of [[name, line] as const, ...rest]) this.#stages.set(key, value);
    return line;
  }

  #begin(line: StageLine): void {
    if (line.state === "waiting") line.state = "running";
  }

  #end(line: StageLine, state: "done" | "failed", at: number): void {
    const [first = "", ...others] = this.#failures.get(line.name) ?? [];
    line.state = state;
    line.endedAt = at;
    line.text = state === "done" ? "" : others.length > 0 ? `${first}, and ${others.length} more` : first;
  }
}

const stageOf = (stage: ProgressEvent["stage"]): StageName =>
  stage === "machine" ? "hosts" : stage === "leave" || stage === "verify" ? stage : "converge";
