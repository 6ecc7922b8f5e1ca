import type { ProgressEvent } from "../../contract/summary.ts";

export type StageName = "leave" | "network" | "hosts" | "converge" | "verify";

/** One line of a run as people see it. */
export interface StageLine {
  name: StageName;
  state: "waiting" | "running" | "done" | "failed";
  done: number;
  /** 0: not counted. */
  total: number;
  /** What was heard last: a node and what it does. */
  text: string;
  startedAt?: number;
  endedAt?: number;
}

/** Where each cluster of a run stands, from the runner's events and the engine's. Holds no terminal. */
export class Board {
  readonly cluster: string;
  readonly #stages: Map<StageName, StageLine>;
  readonly #nodes: Map<StageName, Set<string>> = new Map();
  readonly #failed: Map<string, string> = new Map();

  /** @param nodes How many nodes are planned. */
  constructor(cluster: string, nodes: number) {
    this.cluster = cluster;
    const line = (name: StageName, total: number): [StageName, StageLine] => [
      name,
      { name, state: "waiting", done: 0, total, text: "" },
    ];
    this.#stages = new Map([line("network", 0), line("hosts", nodes), line("converge", nodes), line("verify", 0)]);
  }

  /** In the order in which they are shown; `leave` only when somebody leaves. */
  get stages(): StageLine[] {
    return [...this.#stages.values()];
  }

  /** Nodes that failed, with what was heard. */
  get failed(): ReadonlyMap<string, string> {
    return this.#failed;
  }

  hear(event: ProgressEvent): void {
    if (event.stage === "run") this.#hearRun(event);
    else if (event.node === undefined) this.#hearStage(stageOf(event.stage), event);
    else this.#hearNode(event.node, event);
  }

  /** The engine began or finished something of the cluster's network. */
  hearNetwork(state: "started" | "done" | "failed", at: number): void {
    const line = this.#line("network");
    this.#begin(line, at);
    if (state === "started") line.state = "running";
    else this.#end(line, state, at);
  }

  /** Nothing more will be heard: what still runs did not get further. */
  close(at: number, ready: boolean): void {
    for (const line of this.#stages.values()) {
      if (line.state === "running") this.#end(line, ready ? "done" : "failed", at);
    }
  }

  #hearRun(event: ProgressEvent): void {
    if (event.state === "started") this.#begin(this.#line("hosts"), event.at);
    if (event.state === "failed" || event.state === "done") this.close(event.at, event.state === "done");
  }

  #hearStage(name: StageName, event: ProgressEvent): void {
    const line = this.#line(name);
    this.#begin(line, event.at);
    if (event.text !== undefined) line.text = event.text;
    if (event.state === "done" || event.state === "failed") this.#end(line, event.state, event.at);
  }

  #hearNode(node: string, event: ProgressEvent): void {
    const line = this.#line(stageOf(event.stage));
    this.#begin(line, event.at);
    line.text = [node, event.text ?? event.stage].join("  ");
    if (event.state === "failed") this.#failed.set(node, event.text ?? `failed at ${event.stage}`);
    // A node is configured when it has been activated; `prepare` alone is half the way.
    if (event.state !== "done" || event.stage === "prepare") return;
    const finished = this.#nodes.get(line.name) ?? new Set<string>();
    this.#nodes.set(line.name, finished.add(node));
    if (line.total === 0) return;
    line.done = finished.size;
    if (line.done >= line.total) this.#end(line, "done", event.at);
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

  #begin(line: StageLine, at: number): void {
    line.startedAt ??= at;
    if (line.state === "waiting") line.state = "running";
  }

  #end(line: StageLine, state: "done" | "failed", at: number): void {
    line.state = state;
    line.endedAt = at;
    if (state === "done") line.text = "";
  }
}

const stageOf = (stage: ProgressEvent["stage"]): StageName =>
  stage === "machine" ? "hosts" : stage === "leave" || stage === "verify" ? stage : "converge";
