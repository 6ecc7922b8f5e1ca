import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { appliedSpec } from "../../components/cluster-files.ts";
import { clusterFolder } from "../../contract/folders.ts";
import { rollbackEnvironment, sinceEnvironment } from "../../contract/up-variables.ts";
import type { ClusterPlan } from "../../plan/cluster-plan.ts";
import { changesOf, isNothing, listed } from "../changes.ts";
import { observe } from "../clouds.ts";
import { dataOf, holdingsText } from "../data/holdings.ts";
import { RunFailed } from "../engine/engine-error.ts";
import type { Engine } from "../engine/engine.ts";
import { glanceAtState, type StateGlance, urnsOf } from "../engine/recovery.ts";
import { type ClusterName, type Environment, plansOf } from "../environment.ts";
import { type CommonOptions, tell } from "../options.ts";
import { LostMachines } from "../progress/lost-machines.ts";
import { lastSummary } from "../record.ts";
import { lookForRemains, removeUnknown } from "./down.ts";
import { hasRunSince, reportOutcome } from "./outcome.ts";
import { complaining, parallelFor, update } from "./update.ts";

/** An `up` that failed, with all that was known when it began. */
interface FailedUp {
  options: CommonOptions;
  environment: Environment;
  plans: readonly ClusterPlan[];
  before: StateGlance;
  /** Milliseconds since the epoch. */
  startedAt: number;
  failure: RunFailed;
}

/** Tells why an `up` failed, and then takes back what it did; returns the exit code. */
export async function afterRollBack(
  engine: Engine,
  failed: FailedUp,
  report: (failure: RunFailed) => number,
): Promise<number> {
  const code = told(failed.failure, report);
  try {
    await rollBack(engine, failed);
  } catch (error) {
    if (engine.isCancelled || !(error instanceof RunFailed)) throw error;
    tell(
      `\nrolling back failed, too: ${error.message}\n  the next \`up\` goes on from here, to what the stack's file says`,
    );
  }
  return code;
}

/** A failure that has nothing but itself to tell is thrown again by whoever reports it. */
function told(failure: RunFailed, report: (failure: RunFailed) => number): number {
  try {
    return report(failure);
  } catch (error) {
    if (error !== failure) throw error;
    tell(failure.message);
    return failure.code;
  }
}

/**
 * Takes back what a failed `up` did to the clusters that want that: those that it began go, unless they hold data; those
 * that were there before are brought back to what was applied last.
 */
async function rollBack(engine: Engine, failed: FailedUp): Promise<void> {
  const wanting = failed.plans.filter((plan) => plan.spec.onFailure === "rollback" && hasFailed(plan, failed));
  const isNew = ({ ref }: ClusterPlan): boolean => !failed.before.names.has(`${ref.name}-identity`);
  const gone = await takeAway(engine, failed, wanting.filter(isNew));
  await bringBack(
    engine,
    failed,
    wanting.filter((plan) => !isNew(plan)),
    gone,
  );
}

/** By the runner's word, and where it did not get to the cluster by the engine's complaints. */
function hasFailed({ ref }: ClusterPlan, { plans, startedAt, failure }: FailedUp): boolean {
  if (hasRunSince(ref.id, startedAt)) return lastSummary(ref.id)?.state === "failed";
  const owners = plans.map((plan) => plan.ref.name).sort((a, b) => b.length - a.length);
  return failure.complaints.some(
    ({ resource = "" }) => owners.find((name) => resource.startsWith(`${name}-`)) === ref.name,
  );
}

/** Removes clusters that this very run began; returns which. Who was filled with data meanwhile stays. */
async function takeAway(engine: Engine, { plans, before }: FailedUp, wanted: readonly ClusterPlan[]) {
  const clusters: ClusterName[] = [];
  for (const { ref } of wanted) {
    const cluster = { project: ref.project, stack: ref.stack, cluster: ref.name, id: ref.id };
    const data = await dataOf(cluster, false);
    if (data.length === 0) clusters.push(cluster);
    else tell(`\n${ref.name} holds data, so it is kept and not rolled back:\n${holdingsText(data)}`);
  }
  const [first] = clusters;
  if (first === undefined) return [];
  const { project, stack } = first;
  tell(`\nrolling back: removing ${listed(clusters.map(({ cluster }) => cluster))}, which this run began`);
  await removeUnknown(clusters, glanceAtState(project, stack));
  const isAll = before.resources === 0 && clusters.length === plans.length;
  const parallel = parallelFor(plans);
  await complaining(engine, (onEvent) =>
    isAll
      ? engine.destroy({ continueOnError: true, parallel, onEvent })
      : engine.remove(
          clusters.flatMap(({ cluster }) => urnsOf(project, stack, cluster)),
          { parallel, onEvent },
        ),
  );
  await lookForRemains(clusters);
  for (const { id, cluster } of clusters) {
    forgetAllButLogs(id);
    tell(`  ${cluster} is rolled back: nothing of it is left but its logs, in ${join(clusterFolder(id), "logs")}`);
  }
  return clusters.map(({ cluster }) => cluster);
}

function forgetAllButLogs(id: string): void {
  for (const name of readdirSync(clusterFolder(id)))
    if (name !== "logs") rmSync(join(clusterFolder(id), name), { recursive: true, force: true });
}

/** Brings clusters to what was applied last. `gone`: those that were just removed, which the config still names. */
async function bringBack(engine: Engine, failed: FailedUp, wanted: readonly ClusterPlan[], gone: readonly string[]) {
  const { environment, options } = failed;
  const specs = new Map(wanted.map(({ ref }) => [ref.name, appliedSpec(ref.id)]));
  for (const [name, spec] of specs)
    if (spec === undefined)
      tell(`\n${name} is kept as it is: no run ever made it ready, so there is nothing to go back to`);
  const back = [...specs].flatMap(([name, spec]) => (spec === undefined ? [] : [name]));
  if (back.length === 0) return;
  tell(`\nrolling back: bringing ${listed(back)} to what was applied last`);
  const clusters = environment.clusters
    .filter(({ name }) => !gone.includes(name))
    .map((spec) => specs.get(spec.name) ?? spec);
  const plans = plansOf({ ...environment, clusters });
  const parallel = parallelFor(plans);
  const startedAt = Date.now();
  const look = async (id: string) => (await observe(environment.cloud, [id])).get(id) ?? [];
  // Whose machines were to be made again is past.
  engine.give({ ...rollbackEnvironment([...back, ...gone]), ...sinceEnvironment(startedAt), MUSTER_REMAKE: "" });
  const how = () => ({ continueOnError: false, parallel, lost: new LostMachines(plans, look) });
  await update(engine, plans, how());
  // Volumes of nodes that left go one run later, when the engine has taken their protection away.
  const rest = changesOf(await complaining(engine, (onEvent) => engine.preview(parallel, onEvent)));
  if (!isNothing(rest)) await update(engine, plans, how());
  reportOutcome(
    options,
    plans.filter(({ ref }) => back.includes(ref.name)),
    startedAt,
  );
  tell(
    `  ${listed(back)} ${back.length === 1 ? "is" : "are"} rolled back to what was applied last. Pulumi.${environment.stack}.yaml still wants the change: the next \`up\` tries it again`,
  );
}
