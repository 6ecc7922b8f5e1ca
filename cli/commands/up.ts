import type { Cloud } from "../../components/clouds/cloud.ts";
import { checkEnvironment } from "../../contract/check-variable.ts";
import { sinceEnvironment } from "../../contract/up-variables.ts";
import type { ClusterPlan } from "../../plan/cluster-plan.ts";
import { ask, canAsk } from "../ask.ts";
import { type Changes, changesOf, describeChanges, isNothing, listed } from "../changes.ts";
import { type Cleared, observe, preflight, sweepersFor } from "../clouds.ts";
import { RunFailed } from "../engine/engine-error.ts";
import type { Engine } from "../engine/engine.ts";
import type { StateGlance } from "../engine/recovery.ts";
import { withEngine } from "../engine/session.ts";
import { type Environment, plansOf, readEnvironment } from "../environment.ts";
import { exit, misuse, Trouble } from "../exit.ts";
import { type CommonOptions, tell } from "../options.ts";
import { poolsText } from "../progress/lines.ts";
import { type Look, LostMachines } from "../progress/lost-machines.ts";
import { lastSummary } from "../record.ts";
import { type Stillborn, stillborn } from "../stillborn.ts";
import { removeStrays } from "../strays.ts";
import { lockRequirements } from "./lock.ts";
import { hasRunSince, reportFailure, reportOutcome } from "./outcome.ts";
import { afterRollBack } from "./rollback.ts";
import { complaining, parallelFor, update } from "./update.ts";

export interface UpOptions extends CommonOptions {
  /** Look at every node and verify again although nothing changed. */
  check?: boolean;
  /** Commander's `--no-wait`. */
  wait?: boolean;
  /** Nodes whose machines are to be made again. */
  remake?: string[];
}

/** Brings a stack's clusters to what its file says; returns the exit code. */
export async function up(options: UpOptions): Promise<number> {
  await lockRequirements(options.stack);
  const environment = readEnvironment(options.stack);
  const plans = plansOf(environment);
  const cleared = await preflight(environment, plans);
  for (const plan of plans) tell(headline(plan));
  const startedAt = Date.now();
  const report = (failure: RunFailed): number => reportFailure(options, plans, startedAt, failure);
  try {
    return await withEngine(
      { ...options, doing: "up", wait: options.wait === false ? 0 : 600, variables: wishes(options) },
      async (engine, before) => {
        const failure = await failureOf(bringUp(engine, { before, ...cleared }, environment, plans, options));
        if (failure === undefined) return reportOutcome(options, plans, startedAt);
        if (engine.isCancelled || !plans.some(({ spec }) => spec.onFailure === "rollback")) throw failure;
        return afterRollBack(engine, { options, environment, plans, before, startedAt, failure }, report);
      },
    );
  } catch (error) {
    if (!(error instanceof RunFailed)) throw error;
    return report(error);
  }
}

/** How the program learns of what is no part of the config. */
function wishes(options: UpOptions): Record<string, string> {
  return {
    ...sinceEnvironment(performance.timeOrigin),
    ...(options.check === true ? checkEnvironment : {}),
    ...(options.remake !== undefined && options.remake.length > 0 ? { MUSTER_REMAKE: options.remake.join(",") } : {}),
  };
}

/** Previews where there is something to compare with, asks where something leaves, updates. */
async function bringUp(
  engine: Engine,
  { before, cloud, stopped }: Cleared & { before: StateGlance },
  environment: Environment,
  plans: readonly ClusterPlan[],
  options: UpOptions,
): Promise<void> {
  const parallel = parallelFor(plans);
  let changes: Changes | undefined;
  if (before.resources > 0) {
    await removeStraysOf(cloud, environment, plans, before);
    const known = stopped.filter((name) => before.names.has(name));
    if (known.length > 0) {
      tell(`  starting ${listed(known)} again`);
      await complaining(engine, (onEvent) => engine.look(known, parallel, onEvent));
    }
    changes = changesOf(await complaining(engine, (onEvent) => engine.preview(parallel, onEvent)));
    if (isNothing(changes)) {
      tell(`nothing to do in ${environment.stack}`);
      return;
    }
    tell(`  this run ${describeChanges(changes)}`);
    await agree(changes, options);
  }
  await bringForth(engine, { cloud, environment, plans, parallel }, changes?.leaving ?? []);
}

interface Ground {
  cloud: Cloud;
  environment: Environment;
  plans: readonly ClusterPlan[];
  parallel: number;
}

/**
 * Updates; and again, as often as the cloud is worth it, where machines were made for nothing. What is still missing
 * then is the quorum's business.
 * @param leaving what the first update takes away
 */
async function bringForth(engine: Engine, ground: Ground, leaving: readonly string[]): Promise<void> {
  const { cloud, environment, plans, parallel } = ground;
  const look: Look = async (id) => (await observe(environment.cloud, [id])).get(id) ?? [];
  const had = new Set(plans.flatMap((plan) => cloud.observe(plan.ref.id).map(({ id }) => id)));
  const { retries } = cloud.capabilities;
  for (let tries = 1; ; tries += 1) {
    const startedAt = Date.now();
    const lost = new LostMachines(plans, look);
    const failure = await failureOf(update(engine, plans, { continueOnError: leaving.length === 0, parallel, lost }));
    const again = tries > retries || engine.isCancelled ? [] : await stillbornSince(startedAt, plans, had, look);
    if (again.length === 0) {
      if (failure !== undefined) throw failure;
      return;
    }
    for (const { name, reason } of again) tell(`  ${name}: ${reason}`);
    tell(`  making ${listed(again.map(({ name }) => name))} again (try ${tries + 1} of ${retries + 1})`);
    // The broken ones are made again in any case.
    engine.give({ MUSTER_REMAKE: again.flatMap(({ name, how }) => (how === "silent" ? [name] : [])).join(",") });
    const next = changesOf(await complaining(engine, (onEvent) => engine.preview(parallel, onEvent)));
    leaving = next.leaving.filter((what) => !again.some(({ name }) => what === name || what.startsWith(`${name}-`)));
  }
}

/** How an update of the engine failed; undefined when it did not. */
async function failureOf(work: Promise<void>): Promise<RunFailed | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof RunFailed) return error;
    throw error;
  }
}

async function stillbornSince(
  startedAt: number,
  plans: readonly ClusterPlan[],
  had: ReadonlySet<string>,
  look: Look,
): Promise<Stillborn[]> {
  const found = plans.map(async (plan) => {
    const { id } = plan.ref;
    const results = hasRunSince(id, startedAt) ? (lastSummary(id)?.nodes ?? []) : [];
    return stillborn(plan, had, await look(id), results);
  });
  return (await Promise.all(found)).flat();
}

async function removeStraysOf(
  cloud: Cloud,
  environment: Environment,
  plans: readonly ClusterPlan[],
  before: StateGlance,
): Promise<void> {
  if (cloud.capabilities.namesAreUnique) return;
  for (const sweeper of await sweepersFor([environment.cloud])) await removeStrays(cloud, sweeper, plans, before, tell);
}

/** Asks before anything is taken away. */
async function agree(changes: Changes, options: UpOptions): Promise<void> {
  if (changes.leaving.length === 0 || options.yes === true) return;
  const what = `takes away ${listed(changes.leaving)}`;
  if (!canAsk()) throw misuse(`this run ${what}; add --yes to agree. Nothing was changed`);
  const answer = await ask(`This ${what}. Go on? [y/N] `);
  if (!/^y(es)?$/i.test(answer)) throw new Trouble("not agreed, nothing was changed", exit.failed);
}

/** `dev  local  hadoop  1 master + 2 workers   12:04:07`. */
function headline({ ref, pools }: ClusterPlan): string {
  const text = [ref.name, ref.cloud, ref.kind, poolsText(pools)].join("  ");
  return `${text.padEnd(64)}  ${new Date().toTimeString().slice(0, 8)}`;
}
