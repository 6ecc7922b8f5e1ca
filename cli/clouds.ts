import type { Cloud, ObservedMachine, Sweeper } from "../components/clouds/cloud.ts";
import type { CloudChoice } from "../plan/config/read.ts";
import type { ClusterPlan } from "../plan/cluster-plan.ts";
import { type Mistake, UserMistakes } from "../plan/mistake.ts";
import type { Environment } from "./environment.ts";

/** Loaded when needed: a cloud's modules are large, and a sweeper needs little of them. */
const sweepers: Readonly<Record<string, () => Promise<Sweeper>>> = {
  local: async () => (await import("../components/clouds/local/sweeper.ts")).localSweeper,
};

/** A look at all machines of a cloud, once, and then the answer for each cluster. */
type Observer = () => Promise<(clusterId: string) => ObservedMachine[]>;

/** Likewise: looking at machines needs neither the engine nor the cloud's resources. */
const observers: Readonly<Record<string, Observer>> = {
  local: async () => {
    const [{ listHosts }, { observedIn }] = await Promise.all([
      import("../components/clouds/local/host.ts"),
      import("../components/clouds/local/observed.ts"),
    ]);
    const hosts = await listHosts();
    return (clusterId) => observedIn(hosts, clusterId);
  },
};

async function look(choice: CloudChoice): Promise<Cloud> {
  return (await import("../components/clouds/choose.ts")).chooseCloud(choice);
}

/** The machines of some clusters as they are now, by cluster id: one look for all of them. */
export async function observe(cloud: string, ids: readonly string[]): Promise<Map<string, ObservedMachine[]>> {
  const answer = await observers[cloud]?.();
  return new Map(ids.map((id) => [id, answer?.(id) ?? []]));
}

/**
 * What speaks against the plans on their cloud, before the engine starts.
 * @throws UserMistakes with all of it.
 */
export async function preflight(environment: Environment, plans: readonly ClusterPlan[]): Promise<void> {
  const cloud = await look(environment.cloud);
  const mistakes: Mistake[] = plans.flatMap((plan, at) =>
    cloud
      .preflight(plan, cloud.observe(plan.ref.id))
      .map((mistake) => ({ ...mistake, path: rooted(mistake.path, plan.ref.name, at) })),
  );
  if (mistakes.length > 0) throw new UserMistakes(mistakes);
}

/** A cloud knows a cluster by its name, the user's file by its place in the list. */
const rooted = (path: string, cluster: string, at: number): string =>
  path === cluster || path.startsWith(`${cluster}.`) ? `muster:clusters[${at}]${path.slice(cluster.length)}` : path;

/** Sweepers of these clouds; without any, of all there are. */
export const sweepersFor = (names: readonly string[] = Object.keys(sweepers)): Promise<Sweeper[]> =>
  Promise.all(names.flatMap((name) => sweepers[name]?.() ?? []));
