import type { ObservedMachine } from "../../components/clouds/cloud.ts";
import { lastRun, lastVerifiedAt, readJournal } from "../../contract/journal.ts";
import type { CloudChoice } from "../../plan/config/read.ts";
import { cloudOfStack, observe } from "../clouds.ts";
import { glanceAtState } from "../engine/recovery.ts";
import { stackFolder } from "../engine/stack-folder.ts";
import { currentHolder } from "../engine/turn.ts";
import { type ClusterName, clustersOf, everyClusterOf, theCluster } from "../environment.ts";
import { exit } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { oneLine } from "../../runner/record/plain-text.ts";
import { table } from "../progress/lines.ts";
import { lastJob, lastSummary } from "../record.ts";
import { checksText, stageAndReason, when, worst } from "../report.ts";
import { readProject, stackNames } from "../stacks.ts";
import { type ClusterStatus, statusOf } from "../status.ts";

export interface StatusOptions extends CommonOptions {
  json?: boolean;
}

/** How the clusters of a stack stand: reads records and asks the cloud for its machines, touches no node. */
export async function status(options: StatusOptions): Promise<number> {
  const { stack, cluster } = options;
  const names = cluster === undefined ? clustersOf(stack) : [theCluster(stack, cluster)];
  const found = await statuses(names);
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(found.length === 1 ? found[0] : found, null, 2)}\n`);
  } else {
    process.stdout.write(`${found.map((one, at) => describe(one, names[at])).join("\n\n")}\n`);
  }
  return worst(found.map(codeOf));
}

const codeOf = ({ state }: ClusterStatus): number =>
  state === "ready" ? exit.ready : state === "degraded" ? exit.degraded : exit.failed;

/** Every cluster of every stack, one line each. */
export async function list(options: StatusOptions): Promise<number> {
  const project = readProject().name;
  const names = stackNames().flatMap((stack) => everyClusterOf(stack));
  // A stack that is only a file may name a cloud that this person has no account on.
  const isKnown = (name: ClusterName): boolean =>
    cloudOf(name).name === "local" || lastJob(name.id) !== undefined || glanceAtState(project, name.stack).exists;
  const found = await statuses(names, isKnown);
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
    return exit.ready;
  }
  const rows = found.map((one, at) => {
    const verified = lastVerifiedAt(readJournal(names[at]?.id ?? ""));
    const ready = one.nodes.filter((node) => node.state === "ready").length;
    const known = glanceAtState(project, one.stack).resources;
    const nodes = one.nodes.length > 0 ? `${ready} of ${one.nodes.length}` : "";
    return [one.stack, one.cluster, one.cloud, one.state, nodes, verified ? when(verified) : "", `${known}`];
  });
  const head = ["STACK", "CLUSTER", "CLOUD", "STATE", "READY", "VERIFIED", "RESOURCES"];
  process.stdout.write(`${table([head, ...rows])}\n`);
  return exit.ready;
}

/** One look at each cloud for all of its clusters. */
async function statuses(
  names: readonly ClusterName[],
  isAsked: (name: ClusterName) => boolean = () => true,
): Promise<ClusterStatus[]> {
  const clouds = new Map(names.map((name) => [name.id, cloudOf(name)]));
  const machines = new Map<string, ObservedMachine[]>();
  for (const cloud of new Map([...clouds.values()].map((one) => [JSON.stringify(one), one])).values()) {
    const asked = names.filter((name) => isAsked(name) && sameChoice(clouds.get(name.id), cloud));
    if (asked.length === 0) continue;
    const there = asked.map((name) => name.id);
    for (const [id, found] of await observe(cloud, there)) machines.set(id, found);
  }
  return names.map((name) =>
    statusOf({
      name,
      cloud: clouds.get(name.id)?.name ?? "",
      job: lastJob(name.id),
      summary: lastSummary(name.id),
      machines: machines.get(name.id) ?? [],
      finished: lastRun(readJournal(name.id))?.type === "finished",
      busy: currentHolder(stackFolder(name.stack)) !== undefined,
    }),
  );
}

const sameChoice = (one: CloudChoice | undefined, other: CloudChoice): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** Where the cluster stands; for one that never was, where its stack's file puts it. */
function cloudOf(name: ClusterName): CloudChoice {
  const chosen = cloudOfStack(name.stack);
  const known = lastJob(name.id)?.cluster.cloud ?? chosen.name;
  return known === chosen.name ? chosen : { name: known, options: {} };
}

function describe(found: ClusterStatus, name: ClusterName | undefined): string {
  const verified = name === undefined ? undefined : lastVerifiedAt(readJournal(name.id));
  const parts = [
    `${found.cluster}  ${found.state}  (stack ${found.stack}, ${found.cloud})`,
    ...(verified === undefined ? [] : [`  last verified ${when(verified)}, ${checksText(found.checks)}`]),
  ];
  const nodes = found.nodes.map((node) => [
    node.name,
    node.address,
    node.roles.join(","),
    node.state,
    oneLine(stageAndReason(node), 200),
  ]);
  if (nodes.length > 0) parts.push(table(nodes));
  const failed = found.checks
    .filter((check) => !check.ok)
    .map((check) => ["✖", check.name, oneLine(check.detail, 200)]);
  if (failed.length > 0) parts.push(table(failed));
  const endpoints = Object.entries(found.endpoints);
  if (found.state !== "absent" && endpoints.length > 0) parts.push(table(endpoints));
  return parts.join("\n");
}
