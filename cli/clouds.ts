import type { ObservedMachine, Sweeper } from "../components/clouds/cloud.ts";
import { chooseCloud } from "../components/clouds/choose.ts";
import { cloudEntry, cloudNames } from "../components/clouds/index.ts";
import { diskMistakes } from "../components/disk-space.ts";
import type { ClusterPlan } from "../plan/cluster-plan.ts";
import { type Mistake, UserMistakes } from "../plan/mistake.ts";
import type { Environment } from "./environment.ts";

/** The machines of some clusters as they are now, by cluster id: one look for all of them. */
export async function observe(cloud: string, ids: readonly string[]): Promise<Map<string, ObservedMachine[]>> {
  const answer = await (await cloudEntry(cloud))?.observer();
  return new Map(ids.map((id) => [id, answer?.(id) ?? []]));
}

/**
 * What speaks against the plans on their cloud, before the engine starts.
 * @throws UserMistakes with all of it.
 */
export async function preflight(environment: Environment, plans: readonly ClusterPlan[]): Promise<void> {
  const cloud = await chooseCloud(environment.cloud);
  const artifacts = plans.flatMap((plan) => plan.artifacts);
  const onCloud = plans.flatMap((plan, at) =>
    cloud
      .preflight(plan, cloud.observe(plan.ref.id))
      .map((mistake) => ({ ...mistake, path: rooted(mistake.path, plan.ref.name, at) })),
  );
  const unique = [...new Map(artifacts.map((artifact) => [artifact.id, artifact])).values()];
  const mistakes: Mistake[] = [...diskMistakes(unique), ...onCloud];
  if (mistakes.length > 0) throw new UserMistakes(mistakes);
}

/** A cloud knows a cluster by its name, the user's file by its place in the list. */
const rooted = (path: string, cluster: string, at: number): string =>
  path === cluster || path.startsWith(`${cluster}.`) ? `muster:clusters[${at}]${path.slice(cluster.length)}` : path;

/** Sweepers of these clouds; without any, of all there are. */
export async function sweepersFor(names: readonly string[] = cloudNames): Promise<Sweeper[]> {
  const entries = await Promise.all(names.map(cloudEntry));
  return Promise.all(entries.flatMap((entry) => entry?.sweeper() ?? []));
}
