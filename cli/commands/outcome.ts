import { statSync } from "node:fs";
import { join } from "node:path";
import { clusterFolder } from "../../contract/folders.ts";
import { lastVerifiedAt, readJournal } from "../../contract/journal.ts";
import type { NodeResult } from "../../contract/summary.ts";
import type { ClusterPlan } from "../../plan/cluster-plan.ts";
import { complaintRows, type EngineComplaint, type RunFailed } from "../engine/engine-error.ts";
import { exit } from "../exit.ts";
import { type CommonOptions, tell } from "../options.ts";
import { lastSummary } from "../record.ts";
import { describeRun, exitOf, problems, when, worst } from "../report.ts";

/** Tells how each cluster stands after a run that began at `startedAt`; returns the exit code. */
export function reportOutcome(options: CommonOptions, plans: readonly ClusterPlan[], startedAt: number): number {
  return worst(plans.map((plan) => reportCluster(options, plan, startedAt)));
}

/**
 * Tells how a failed run ended: of each cluster that the runner got to, what the runner wrote down; then what the engine
 * complains of beyond that.
 * @throws RunFailed when the runner got to none of them
 */
export function reportFailure(
  options: CommonOptions,
  plans: readonly ClusterPlan[],
  startedAt: number,
  failure: RunFailed,
): number {
  const reached = plans.filter((plan) => hasRunSince(plan.ref.id, startedAt));
  if (reached.length === 0) throw failure;
  const codes = reached.map((plan) => reportCluster(options, plan, startedAt));
  const told = new Set(reached.map((plan) => `${plan.ref.name}-ready`));
  const open = failure.complaints.filter(({ resource }) => resource === undefined || !told.has(resource));
  // A machine that could not be made is what a degraded cluster does without, and says so.
  const missing = reached.flatMap((plan) => missingFrom(plan.ref.id));
  const isMissing = ({ resource }: EngineComplaint) => missing.some((node) => isOf(node, resource));
  const excused = reached.length === plans.length && open.length > 0 && open.every(isMissing);
  const news = open.filter(({ resource, text }) => !missing.some((node) => isOf(node, resource) && tells(node, text)));
  if (news.length > 0) tell(`\n${excused ? "could not be made" : "the run failed"}\n${complaintRows(news)}`);
  tell(`  everything the engine said: ${failure.log}`);
  return worst([excused ? exit.degraded : exit.failed, ...codes]);
}

/** The nodes that a cluster's last run did without. */
const missingFrom = (id: string): NodeResult[] =>
  (lastSummary(id)?.nodes ?? []).filter((node) => node.state !== "ready");

/** Whether a resource is a node's machine or its volume. */
const isOf = ({ name }: NodeResult, resource: string | undefined): boolean =>
  resource === name || resource === `${name}-data`;

/** Whether a node's reason has the last words of a complaint. */
const tells = ({ reason = "" }: NodeResult, text: string): boolean => reason.includes(text.split("\n").at(-1) ?? text);

function reportCluster(options: CommonOptions, plan: ClusterPlan, startedAt: number): number {
  const { id, name } = plan.ref;
  const summary = lastSummary(id);
  if (summary === undefined) {
    tell(`${name}: no run of it is known on this machine; look with: ${commandFor(options)("status")}`);
    return exit.ready;
  }
  if (hasRunSince(id, startedAt)) {
    const someNode = plan.nodes.find((node) => node.roles.includes("client"))?.name ?? plan.nodes[0]?.name;
    const context = {
      cluster: name,
      command: commandFor(options),
      someNode,
      folder: clusterFolder(id),
      took: performance.now(),
    };
    process.stdout.write(`\n${describeRun(summary, context)}\n`);
  } else {
    const verified = lastVerifiedAt(readJournal(id)) ?? summary.verifiedAt;
    const told = verified === undefined ? "never verified" : `last verified ${when(verified)}`;
    process.stdout.write(`${[`${name} is unchanged, ${told}`, ...problems(summary)].join("\n")}\n`);
  }
  return exitOf(summary.state);
}

/** Whether the runner wrote down an end since then; a second's slack for the file system's clock. */
export function hasRunSince(id: string, startedAt: number): boolean {
  const file = statSync(join(clusterFolder(id), "last.json"), { throwIfNoEntry: false });
  return file !== undefined && file.mtimeMs >= startedAt - 1000;
}

/** The command line that does something with this stack, as the person would type it. */
function commandFor(options: CommonOptions): (rest: string, more?: string) => string {
  const stack = options.stack === "dev" ? [] : ["--stack", options.stack];
  const cluster = options.cluster === undefined ? [] : ["--cluster", options.cluster];
  return (rest, more) => {
    const [verb = "", ...words] = rest.split(" ");
    return ["./muster", verb, ...stack, ...cluster, ...(more === undefined ? [] : [more]), ...words].join(" ");
  };
}
