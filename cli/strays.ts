import { type Cloud, inRemovalOrder, type Sweeper, type TaggedThing } from "../components/clouds/cloud.ts";
import type { ClusterPlan } from "../plan/cluster-plan.ts";
import type { StateGlance } from "./engine/recovery.ts";
import { misuse } from "./exit.ts";

/**
 * What stands in the way of what is to be made: a machine's like, and the ports with its address; what others name, so
 * that there must not be two.
 */
const IN_THE_WAY: readonly TaggedThing["kind"][] = ["machine", "port", "security group", "key pair"];

/** Machines and the like of these clusters, and ports that machines left behind, that the engine does not know. */
export function straysAmong(
  things: readonly TaggedThing[],
  clusterIds: ReadonlySet<string>,
  state: Pick<StateGlance, "ids">,
): TaggedThing[] {
  return things.filter(
    ({ kind, id, clusterId, resource }) =>
      IN_THE_WAY.includes(kind) && clusterIds.has(clusterId) && resource === undefined && !state.ids.has(id),
  );
}

/**
 * What of these clusters the engine does not know, since the answer to its creation was lost, and what would be in its
 * way; in the order in which it can be removed.
 */
export async function findStrays(
  sweeper: Sweeper,
  clusterIds: ReadonlySet<string>,
  state: Pick<StateGlance, "ids">,
): Promise<TaggedThing[]> {
  const [things, parts = []] = await Promise.all([sweeper.list(), sweeper.parts?.(state.ids)]);
  const own = parts.filter(({ clusterId }) => clusterIds.has(clusterId));
  return [...straysAmong(things, clusterIds, state), ...own].sort(inRemovalOrder);
}

/** Removes them, and says so. */
export async function removeThem(
  strays: readonly TaggedThing[],
  sweeper: Sweeper,
  say: (line: string) => void,
): Promise<void> {
  for (const stray of strays) {
    await sweeper.remove(stray);
    say(`  removed ${stray.kind} ${stray.name} (${stray.id}): an earlier run made it, but never heard of it`);
  }
}

/**
 * Removes strays before the engine makes their like, so that there are never two of one name; says so. They hold no data:
 * that is on volumes, which are never strays. Of a cluster whose identity the engine does not know nothing is stray: there
 * it is the state that was lost.
 * @throws misuse where data may be on such a machine's own disk
 */
export async function removeStrays(
  cloud: Pick<Cloud, "capabilities">,
  sweeper: Sweeper,
  plans: readonly ClusterPlan[],
  state: StateGlance,
  say: (line: string) => void,
): Promise<void> {
  const known = new Set(plans.filter(({ ref }) => state.names.has(`${ref.name}-identity`)).map(({ ref }) => ref.id));
  const strays = await findStrays(sweeper, known, state);
  const stores = new Set(plans.flatMap(({ nodes }) => nodes.filter((node) => node.stateful).map(({ name }) => name)));
  const risky = cloud.capabilities.dataVolumes
    ? []
    : strays.filter(({ kind, name }) => kind === "machine" && stores.has(name));
  if (risky.length > 0) {
    const names = risky.map(({ name, id }) => `${name} (${id})`).join(", ");
    throw misuse(
      `${names}: a machine of this name stands that the engine does not know, and data may be on its disk. ` +
        "Save what is needed, then remove it with: ./muster sweep. Nothing was changed",
    );
  }
  await removeThem(strays, sweeper, say);
}
