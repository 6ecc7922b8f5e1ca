import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { appendLine } from "../../contract/append-line.ts";
import { clusterFolder, stateFolder } from "../../contract/folders.ts";
import { inRemovalOrder } from "../../components/clouds/cloud.ts";
import type { CloudChoice } from "../../plan/config/read.ts";
import { ask, canAsk } from "../ask.ts";
import { listed } from "../changes.ts";
import { cloudOfStack, sweepersFor } from "../clouds.ts";
import { dataOf, holdingsText } from "../data/holdings.ts";
import { glanceAtState, type StateGlance } from "../engine/recovery.ts";
import { withEngine } from "../engine/session.ts";
import { stackFolder } from "../engine/stack-folder.ts";
import { type ClusterName, everyClusterOf } from "../environment.ts";
import { exit, misuse, Trouble } from "../exit.ts";
import { type CommonOptions, tell } from "../options.ts";
import { duration } from "../progress/lines.ts";
import { lastJob } from "../record.ts";
import { readProject } from "../stacks.ts";
import { findStrays, removeThem } from "../strays.ts";
import { complaining } from "./update.ts";

export interface DownOptions extends CommonOptions {
  /** Agrees to losing what the clusters hold. */
  deleteData?: boolean;
}

/** Takes a stack's clusters away, and looks that nothing of theirs is left. */
export async function down(options: DownOptions): Promise<number> {
  const { stack } = options;
  const { name: project } = readProject();
  const clusters = everyClusterOf(stack);
  const state = glanceAtState(project, stack);
  await agree(clusters, state.resources > 0, options);
  const startedAt = Date.now();
  if (state.exists) {
    await withEngine({ ...options, doing: "down" }, async (engine) => {
      await removeUnknown(clusters, glanceAtState(project, stack));
      let gone = 0;
      await complaining(engine, (complain) =>
        engine.destroy({
          continueOnError: true,
          parallel: clusters.length + 16,
          onEvent: (event) => {
            complain(event);
            if (event.resOutputsEvent?.metadata.op !== "delete") return;
            gone += 1;
            if (process.stderr.isTTY) process.stderr.write(`\r  removed ${gone} of ${state.resources}`);
          },
        }),
      );
      if (process.stderr.isTTY) process.stderr.write("\n");
    });
  }
  await lookForRemains(clusters);
  for (const cluster of clusters) forget(cluster);
  rmSync(stackFolder(stack), { recursive: true, force: true });
  const names = listed(clusters.map((cluster) => cluster.cluster));
  const took = duration(Date.now() - startedAt);
  process.stdout.write(state.exists ? `${names}: gone, nothing of it is left (${took})\n` : `${names}: not there\n`);
  return exit.ready;
}

/** Whoever would lose data has to say so in a way that cannot slip out. */
async function agree(clusters: readonly ClusterName[], known: boolean, options: DownOptions): Promise<void> {
  if (!known || options.deleteData === true) return;
  const found = await Promise.all(
    clusters.map(async (cluster) => ({ cluster: cluster.cluster, data: await dataOf(cluster, known) })),
  );
  const holding = found.filter((one) => one.data.length > 0);
  if (holding.length === 0) {
    if (options.yes === true) return;
    const names = listed(clusters.map((cluster) => cluster.cluster));
    if (!canAsk()) throw misuse(`add --yes to take ${names} away. Nothing was changed`);
    if (/^y(es)?$/i.test(await ask(`Take ${names} away? It holds no data. [y/N] `))) return;
    throw new Trouble("not agreed, nothing was changed");
  }
  const told = holding.map(({ cluster, data }) => `${cluster} holds data:\n${holdingsText(data)}`);
  if (options.yes === true || !canAsk()) {
    throw misuse(`${told.join("\n")}\nTo lose it, add --delete-data. Nothing was changed`);
  }
  tell(told.join("\n"));
  for (const { cluster } of holding) {
    const answer = await ask(`Type the cluster's name (${cluster}) to delete it with its data: `);
    if (answer !== cluster) throw new Trouble("not agreed, nothing was changed");
  }
}

/** A machine that the engine does not know would hold fast what it knows: the network, until its deadline. */
export async function removeUnknown(clusters: readonly ClusterName[], state: StateGlance): Promise<void> {
  const ids = new Set(clusters.map((cluster) => cluster.id));
  for (const sweeper of await sweepersFor(cloudsOf(clusters)))
    await removeThem(await findStrays(sweeper, ids, state), sweeper, tell);
}

/** The engine removed what it knew; whatever still carries the clusters' tags goes too, and what stays is told. */
export async function lookForRemains(clusters: readonly ClusterName[]): Promise<void> {
  const ids = new Set(clusters.map((cluster) => cluster.id));
  for (const sweeper of await sweepersFor(cloudsOf(clusters))) {
    const remains = async () => (await sweeper.list()).filter((thing) => ids.has(thing.clusterId));
    for (const thing of (await remains()).sort(inRemovalOrder)) {
      tell(`  removing ${thing.kind} ${thing.name}, which the stack did not know`);
      await sweeper.remove(thing);
    }
    const left = await remains();
    if (left.length > 0) throw new Trouble(`still there: ${listed(left.map((one) => `${one.kind} ${one.name}`))}`);
  }
}

/** Where the clusters are known to have been; a cloud that they never reached is not asked. */
function cloudsOf(clusters: readonly ClusterName[]): CloudChoice[] {
  const names = new Set(clusters.map((cluster) => lastJob(cluster.id)?.cluster.cloud ?? "local"));
  const [{ stack } = { stack: "" }] = clusters;
  const chosen = cloudOfStack(stack);
  return [...names].map((name) => (name === chosen.name ? chosen : { name, options: {} }));
}

/** What is left of a cluster on this machine: one line that it was there. */
function forget(cluster: ClusterName): void {
  mkdirSync(stateFolder(), { recursive: true, mode: 0o700 });
  const entry = { at: new Date().toISOString(), cluster: cluster.id, event: "down" };
  appendLine(join(stateFolder(), "history.jsonl"), `${JSON.stringify(entry)}\n`);
  rmSync(clusterFolder(cluster.id), { recursive: true, force: true });
}
