import type { CheckResult, NodeResult, RunSummary } from "../contract/summary.ts";
import { oneLine } from "../runner/record/plain-text.ts";
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
  /** How long the person has waited for this, in milliseconds. */
  took: number;
}

/** How a run ended, as the person at the terminal is told. */
export function describeRun(summary: RunSummary, context: ReportContext): string {
  const { cluster } = context;
  const nodes = `${summary.done} of ${summary.wanted} nodes`;
  const took = duration(context.took);
  const head = `${cluster} is ${stateWord(summary.state)}: ${nodes}, ${checksText(summary.checks)}, ${took}`;
  const parts = [head, ...problems(summary)];
  if (summary.state !== "failed") parts.push(usage(summary, context));
  if (summary.state !== "ready") parts.push(nextSteps(summary, context));
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
  // Why a cluster is degraded, the rows tell; why it is not usable, they do not.
  if (summary.state === "failed" && summary.reason !== undefined) lines.push(`  reason: ${oneLine(summary.reason)}`);
  const open = summary.nodes.filter((node) => node.state !== "ready");
  const failed = summary.checks.filter((check) => !check.ok);
  if (open.length > 0) lines.push(table(open.slice(0, 20).map((node) => nodeRow(node, failed))));
  if (open.length > 20) lines.push(`  and ${open.length - 20} more nodes`);
  if (failed.length > 0) lines.push(table(failed.map((check) => ["✖", check.name, brief(check.detail)])));
  return lines;
}

/** What a node lacks; where a check found it, its name is enough: the check's own row tells the rest. */
function nodeRow({ name, state, stage, reason }: NodeResult, failed: readonly CheckResult[]): string[] {
  const found = failed.find((check) => reason === `${check.name}: ${check.detail}`)?.name ?? reason;
  // Not cut short: a refusal ends with what to do.
  return ["✖", name, state, oneLine(stageAndReason({ stage, reason: found }), 700)];
}

/** `prepare: no space left`, as far as either is known. */
export const stageAndReason = ({ stage, reason }: Partial<Pick<NodeResult, "stage" | "reason">>): string =>
  [stage, reason].filter((part) => part !== undefined).join(": ");

/** What to do about what is not ready. */
function nextSteps({ nodes }: RunSummary, { command, folder }: ReportContext): string {
  const open = nodes.find((node) => node.state !== "ready")?.name;
  const anew =
    open === undefined ? [] : [["", command(`repair ${open}`), "gives that node a new machine, with its data"]];
  return `\n${table([
    ["next", command("up"), "goes on from here"],
    ...anew,
    ["", command(`logs ${open ?? "NODE"}`), `all logs: ${folder}/logs`],
  ])}`;
}

/** Room for two fingerprints, and what to do. */
const brief = (text: string): string => oneLine(text, 320);

export function checksText(checks: readonly CheckResult[]): string {
  const passed = checks.filter((check) => check.ok).length;
  if (checks.length === 0) return "no checks";
  if (passed < checks.length) return `${passed} of ${checks.length} checks passed`;
  return passed === 1 ? "1 check passed" : `${passed} checks passed`;
}

function usage(summary: RunSummary, { command, someNode }: ReportContext): string {
  const rows = Object.entries(summary.endpoints).map(([service, endpoint]) => [service, endpoint]);
  if (someNode !== undefined) rows.push(["log in", command(`ssh ${someNode}`)]);
  rows.push(["web pages", command("ssh", "--tunnel")]);
  const times = Object.entries(summary.stages).filter(([, seconds]) => seconds > 0);
  if (times.length > 0) {
    // What is left to the whole is the engine's: reading, planning, making the network.
    rows.push(["time", times.map(([stage, seconds]) => `${stage} ${duration(seconds * 1000)}`).join(" + ")]);
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
