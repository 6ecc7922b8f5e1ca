import { statSync } from "node:fs";
import { join } from "node:path";
import { clusterFolder } from "../../contract/folders.ts";
import { lastVerifiedAt, readJournal } from "../../contract/journal.ts";
import type { ClusterPlan } from "../../plan/cluster-plan.ts";
import { exit } from "../exit.ts";
import { type CommonOptions, tell } from "../options.ts";
import { lastSummary } from "../record.ts";
import { describeRun, exitOf, problems, when, worst } from "../report.ts";

/** Tells how each cluster stands after a run that began at `startedAt`; returns the exit code. */
export function reportOutcome(options: CommonOptions, plans: readonly ClusterPlan[], startedAt: number): number {
  return worst(plans.map((plan) => reportCluster(options, plan, startedAt)));
}

/** Tells of the clusters that a failed run did get to: which nodes, and why. */
export function reportReached(options: CommonOptions, plans: readonly ClusterPlan[], startedAt: number): void {
  for (const plan of plans) if (hasRunSince(plan.ref.id, startedAt)) reportCluster(options, plan, startedAt);
}

function reportCluster(options: CommonOptions, plan: ClusterPlan, startedAt: number): number {
  const { id, name } = plan.ref;
  const summary = lastSummary(id);
  if (summary === undefined) {
    tell(`${name}: no run of it is known on this machine; look with: ${commandFor(options)("status")}`);
    return exit.ready;
  }
  if (hasRunSince(id, startedAt)) {
    const someNode = plan.nodes.find((node) => node.roles.includes("client"))?.name ?? plan.nodes[0]?.name;
    const context = { cluster: name, command: commandFor(options), someNode, folder: clusterFolder(id) };
    process.stdout.write(`\n${describeRun(summary, context)}\n`);
  } else {
    const verified = lastVerifiedAt(readJournal(id)) ?? summary.verifiedAt;
    const told = verified === undefined ? "never verified" : `last verified ${when(verified)}`;
    process.stdout.write(`${[`${name} is unchanged, ${told}`, ...problems(summary)].join("\n")}\n`);
  }
  return exitOf(summary.state);
}

/** Whether the runner wrote down an end since then; a second's slack for the file system's clock. */
function hasRunSince(id: string, startedAt: number): boolean {
  const file = statSync(join(clusterFolder(id), "last.json"), { throwIfNoEntry: false });
  return file !== undefined && file.mtimeMs >= startedAt - 1000;
}

/** The command line that does something with this stack, as the person would type it. */
export function commandFor(options: CommonOptions): (rest: string, more?: string) => string {
  const stack = options.stack === "dev" ? [] : ["--stack", options.stack];
  const cluster = options.cluster === undefined ? [] : ["--cluster", options.cluster];
  return (rest, more) => {
    const [verb = "", ...words] = rest.split(" ");
    return ["./muster", verb, ...stack, ...cluster, ...(more === undefined ? [] : [more]), ...words].join(" ");
  };
}
