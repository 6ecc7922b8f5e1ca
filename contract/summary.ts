/** How a run ended: the last line of the runner's stdout (≤ 1 KB, shortened) and, whole, `last.json` in the cluster's folder. */
export interface RunSummary {
  format: 1;
  job: string;
  attempt: number;
  state: "ready" | "degraded" | "failed";
  wanted: number;
  done: number;
  /** Every node in `last.json`; only the unfinished (first few) on stdout. */
  nodes: NodeResult[];
  checks: CheckResult[];
  /**
   * Seconds by stage, which add up to the run's: `leave` where somebody left, `machines` until the last machine
   * answered, `converge` from then on, `verify`.
   */
  stages: Record<string, number>;
  endpoints: Record<string, string>;
  /** Names of nodes that left in this run. */
  left: string[];
  /** ISO time at which the checks passed. Never in stdout: it would change the resource's output for nothing. */
  verifiedAt?: string;
  /** Why the whole run failed, when it is not one node's fault. */
  reason?: string;
}

export interface NodeResult {
  name: string;
  pool: string;
  state: "ready" | "unreachable" | "failed" | "unfinished";
  stage?: "machine" | "artifacts" | "prepare" | "activate" | "own" | "verify";
  reason?: string;
  seconds?: number;
  /** False when the node already had everything. */
  changed?: boolean;
}

export interface CheckResult {
  name: string;
  ok: boolean;
  detail: string;
  seconds: number;
  required?: boolean;
  missing?: string[];
}

/** One line of `events.jsonl` in the cluster's folder: a change of state, for live progress. */
export interface ProgressEvent {
  /** Milliseconds since the epoch. */
  at: number;
  run: string;
  stage: "leave" | "machine" | "artifacts" | "prepare" | "activate" | "own" | "verify" | "run";
  node?: string;
  state: "started" | "progress" | "done" | "failed";
  text?: string;
}
