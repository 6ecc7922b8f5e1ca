import { lastRun, lastVerifiedAt, readJournal } from "../../contract/journal.ts";
import { observe } from "../clouds.ts";
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
import { isRecord, readProject, readStackFile, stackNames } from "../stacks.ts";
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
  const found = await statuses(names);
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
async function statuses(names: readonly ClusterName[]): Promise<ClusterStatus[]> {
  const clouds = new Map(names.map((name) => [name.id, cloudOf(name)]));
  const machines = new Map<string, Awaited<ReturnType<typeof observe>>>();
  for (const cloud of new Set(clouds.values())) {
    machines.set(
      cloud,
      await observe(
        cloud,
        names.filter((name) => clouds.get(name.id) === cloud).map((name) => name.id),
      ),
    );
  }
  return names.map((name) => {
    const cloud = clouds.get(name.id) ?? "";
    return statusOf({
      name,
      cloud,
      job: lastJob(name.id),
      summary: lastSummary(name.id),
      machines: machines.get(cloud)?.get(name.id) ?? [],
      finished: lastRun(readJournal(name.id))?.type === "finished",
      busy: currentHolder(stackFolder(name.stack)) !== undefined,
    });
  });
}

/** Where the cluster stands; for one that never was, where its stack's file puts it. */
function cloudOf(name: ClusterName): string {
  const known = lastJob(name.id)?.cluster.cloud;
  if (known !== undefined) return known;
  const wanted = readStackFile(name.stack).config["muster:cloud"];
  if (typeof wanted === "string") return wanted;
  const named = isRecord(wanted) ? wanted["name"] : undefined;
  return typeof named === "string" ? named : "local";
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
