import { type Cloud, inRemovalOrder, type Sweeper, type TaggedThing } from "../components/clouds/cloud.ts";
import type { ClusterPlan } from "../plan/cluster-plan.ts";
import type { StateGlance } from "./engine/recovery.ts";
import { misuse } from "./exit.ts";

/** What stands in the way of a machine that is to be made: its like, and the ports with its address. */
const IN_THE_WAY: readonly TaggedThing["kind"][] = ["machine", "port"];

/**
 * Machines of these clusters, and ports that machines left behind, that the engine does not know: the answer to their
 * creation was lost. Of a cluster whose identity the engine does not know nothing is: there it is the state that was lost.
 */
export function straysAmong(
  things: readonly TaggedThing[],
  plans: readonly ClusterPlan[],
  state: StateGlance,
): TaggedThing[] {
  const known = new Set(plans.filter(({ ref }) => state.names.has(`${ref.name}-identity`)).map(({ ref }) => ref.id));
  return things
    .filter(
      ({ kind, clusterId, resource }) => IN_THE_WAY.includes(kind) && known.has(clusterId) && resource === undefined,
    )
    .filter(({ id }) => !state.ids.has(id))
    .sort(inRemovalOrder);
}

/**
 * Removes strays before the engine makes their like, so that there are never two of one name; says so. They hold no data:
 * that is on volumes, which are never strays.
 * @throws misuse where data may be on such a machine's own disk
 */
export async function removeStrays(
  cloud: Pick<Cloud, "capabilities">,
  sweeper: Sweeper,
  plans: readonly ClusterPlan[],
  state: StateGlance,
  say: (line: string) => void,
): Promise<void> {
  const strays = straysAmong(await sweeper.list(), plans, state);
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
  for (const stray of strays) {
    await sweeper.remove(stray);
    say(`  removed ${stray.kind} ${stray.name} (${stray.id}): an earlier run made it, but never heard of it`);
  }
}
