import type { CheckResult, NodeResult, RunSummary } from "../contract/summary.ts";
import { listed } from "./changes.ts";
import { exit } from "./exit.ts";
import { duration, table } from "./progress/lines.ts";

export interface ReportContext {
  cluster: string;
  /** `./muster` with the options that lead to this cluster, e.g. `./muster -s lab`. */
  command: (rest: string, options?: string) => string;
  /** A node to name in the example of how to log in. */
  someNode: string | undefined;
  /** The cluster's folder, where the logs are. */
  folder: string;
}

/** How a run ended, as the person at the terminal is told. */
export function describeRun(summary: RunSummary, context: ReportContext): string {
  const { cluster } = context;
  const seconds = Object.values(summary.stages).reduce((sum, stage) => sum + stage, 0);
  const took = seconds > 0 ? `, ${duration(seconds * 1000)}` : "";
  const head = `${cluster} is ${stateWord(summary.state)}: ${summary.done} of ${summary.wanted} nodes, ${checksText(summary.checks)}${took}`;
  const parts = [head, ...problems(summary)];
  if (summary.state !== "failed") parts.push(usage(summary, context));
  if (summary.state !== "ready") parts.push(`  logs: ${context.folder}/logs   or: ${context.command("logs NODE")}`);
  return parts.join("\n");
}

const stateWord = (state: RunSummary["state"]): string => (state === "failed" ? "not ready" : state);

/** The exit code that a run's end means. */
export const exitOf = (state: RunSummary["state"]): number =>
  state === "ready" ? exit.ready : state === "degraded" ? exit.degraded : exit.failed;

/** The worst of several. */
export function worst(codes: readonly number[]): number {
  const order = [exit.ready, exit.degraded, exit.failed];
  return codes.reduce<number>((worse, code) => (rank(order, code) > rank(order, worse) ? code : worse), exit.ready);
}

const rank = (order: readonly number[], code: number): number => {
  const at = order.indexOf(code);
  return at < 0 ? order.length : at;
};

/** Names what is not as it should be, with reasons; empty for a ready cluster. */
export function problems(summary: RunSummary): string[] {
  const lines: string[] = [];
  if (summary.reason !== undefined) lines.push(`  reason: ${summary.reason}`);
  const open = summary.nodes.filter((node) => node.state !== "ready");
  if (open.length > 0) lines.push(table(open.slice(0, 20).map(nodeRow)));
  if (open.length > 20) lines.push(`  and ${open.length - 20} more nodes`);
  const failed = summary.checks.filter((check) => !check.ok);
  if (failed.length > 0) lines.push(table(failed.map((check) => ["✖", check.name, check.detail])));
  return lines;
}

const nodeRow = (node: NodeResult): string[] => [
  "✖",
  node.name,
  node.state,
  [node.stage, node.reason].filter((part) => part !== undefined).join(": "),
];

export function checksText(checks: readonly CheckResult[]): string {
  const passed = checks.filter((check) => check.ok).length;
  if (checks.length === 0) return "no checks";
  return passed === checks.length ? `${passed} checks passed` : `${passed} of ${checks.length} checks passed`;
}

function usage(summary: RunSummary, { command, someNode }: ReportContext): string {
  const rows = Object.entries(summary.endpoints).map(([service, endpoint]) => [service, endpoint]);
  if (someNode !== undefined) rows.push(["log in", command(`ssh ${someNode}`)]);
  rows.push(["web pages", command("ssh", "--tunnel")]);
  const times = Object.entries(summary.stages).filter(([, seconds]) => seconds > 0);
  if (times.length > 0) {
    rows.push(["time", times.map(([stage, seconds]) => `${stage} ${duration(seconds * 1000)}`).join(", ")]);
  }
  const left = summary.left.length > 0 ? [`  left the cluster: ${listed(summary.left)}`] : [];
  return ["", table(rows), ...left].join("\n");
}

/** `today at 12:04`, `on 2026-03-01 at 12:04`, in the machine's own time. */
export function when(iso: string, now = new Date()): string {
  const at = new Date(iso);
  const two = (value: number): string => String(value).padStart(2, "0");
  const date = (day: Date): string => `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
  const day = date(at) === date(now) ? "today" : `on ${date(at)}`;
  return `${day} at ${two(at.getHours())}:${two(at.getMinutes())}`;
}
