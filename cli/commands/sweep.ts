import { inRemovalOrder, type Sweeper, type TaggedThing } from "../../components/clouds/cloud.ts";
import { ask, canAsk } from "../ask.ts";
import { cloudsInUse, sweepersFor } from "../clouds.ts";
import { engineLocks, isDead } from "../engine/engine-locks.ts";
import { glanceAtState } from "../engine/recovery.ts";
import { stackFolder } from "../engine/stack-folder.ts";
import { currentHolder } from "../engine/turn.ts";
import { exit, misuse, Trouble } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { table } from "../progress/lines.ts";
import { readProject } from "../stacks.ts";

export interface SweepOptions extends CommonOptions {
  /** Also what other state folders made: another user's live clusters among it. */
  everybodys?: boolean;
}

/** Lists what carries our tags on this machine, and on the clouds of the stack and of all that were up here, but belongs to no stack in the engine's state; removes it when agreed. */
export async function sweep(options: SweepOptions): Promise<number> {
  const { name: project } = readProject();
  const stray: { sweeper: Sweeper; thing: TaggedThing }[] = [];
  for (const sweeper of await sweepersFor(cloudsInUse([options.stack]))) {
    const things = await sweeper.list({ everybodys: options.everybodys === true });
    for (const thing of things) if (isStray(thing, project)) stray.push({ sweeper, thing });
  }
  if (stray.length === 0) {
    process.stdout.write("nothing to sweep\n");
    return exit.ready;
  }
  process.stdout.write(`${table(stray.map(({ thing }) => [thing.kind, thing.name, thing.clusterId]))}\n`);
  if (options.yes !== true) {
    if (!canAsk()) throw misuse("add --yes to remove these. Volumes may hold data. Nothing was changed");
    const answer = await ask("Remove these for good? Volumes may hold data. [y/N] ");
    if (!/^y(es)?$/i.test(answer)) throw new Trouble("not agreed, nothing was changed");
  }
  stray.sort((a, b) => inRemovalOrder(a.thing, b.thing));
  for (const { sweeper, thing } of stray) await sweeper.remove(thing);
  process.stdout.write(`removed ${stray.length}\n`);
  return exit.ready;
}

/**
 * Left by who made it, and of no cluster; or ours, of this project, and not in the engine's state. Of a stack that
 * somebody works on nothing is stray: what is being made is not in the state yet.
 */
export function isStray({ id, resource, clusterId }: TaggedThing, project: string): boolean {
  if (clusterId === "") return true;
  if (!clusterId.startsWith(`${project}.`)) return false;
  const stack = clusterId.slice(project.length + 1, clusterId.lastIndexOf("."));
  if (currentHolder(stackFolder(stack)) !== undefined || engineLocks(project, stack).some((lock) => !isDead(lock))) {
    return false;
  }
  const state = glanceAtState(project, stack);
  return resource === undefined ? !state.ids.has(id) : !state.names.has(resource);
}
