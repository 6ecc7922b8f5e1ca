import type { Capacity, Cloud, ObservedMachine, Sweeper } from "../components/clouds/cloud.ts";
import { chooseCloud } from "../components/clouds/choose.ts";
import { cloudEntry } from "../components/clouds/index.ts";
import { diskMistakes } from "../components/disk-space.ts";
import { isStopped } from "../components/observation.ts";
import type { ClusterPlan } from "../plan/cluster-plan.ts";
import type { CloudChoice } from "../plan/config/read.ts";
import { type Mistake, UserMistakes } from "../plan/mistake.ts";
import { glanceAtState } from "./engine/recovery.ts";
import { storedConfig } from "./engine/stack-folder.ts";
import type { Environment } from "./environment.ts";
import { rememberedClusters } from "./record.ts";
import { isRecord, readProject, stackNames } from "./stacks.ts";

/** The machines of some clusters as they are now, by cluster id: one look for all of them. */
export async function observe(cloud: CloudChoice, ids: readonly string[]): Promise<Map<string, ObservedMachine[]>> {
  const answer = await (await cloudEntry(cloud.name))?.observer(cloud.options);
  return new Map(ids.map((id) => [id, answer?.(id) ?? []]));
}

/** A cloud that a run may begin on. */
export interface Cleared {
  cloud: Cloud;
  /** Names of the machines that stand still and that the engine has to look at before it can start them. */
  stopped: string[];
}

/**
 * Looks for what speaks against the plans on their cloud, before the engine starts.
 * @throws UserMistakes with all of it.
 */
export async function preflight(environment: Environment, plans: readonly ClusterPlan[]): Promise<Cleared> {
  const cloud = await chooseCloud(environment.cloud);
  const artifacts = plans.flatMap((plan) => plan.artifacts);
  const observed = new Map(plans.map((plan) => [plan, cloud.observe(plan.ref.id)]));
  const onCloud = plans.flatMap((plan, at) =>
    cloud
      .preflight(plan, observed.get(plan) ?? [])
      .map((mistake) => ({ ...mistake, path: rooted(mistake.path, plan.ref.name, at) })),
  );
  const unique = [...new Map(artifacts.map((artifact) => [artifact.id, artifact])).values()];
  const mistakes: Mistake[] = [...diskMistakes(unique), ...misnamedPools(cloud, plans), ...onCloud];
  if (mistakes.length > 0) throw new UserMistakes(mistakes);
  if (cloud.capabilities.startsBy === "update") return { cloud, stopped: [] };
  const stopped = plans.flatMap((plan) => {
    const planned = new Set(plan.nodes.map((node) => node.name));
    const still = (observed.get(plan) ?? []).filter(isStopped).map((machine) => machine.name);
    return still.filter((name) => planned.has(name));
  });
  return { cloud, stopped };
}

const misnamedPools = (cloud: Cloud, plans: readonly ClusterPlan[]): Mistake[] =>
  cloud.poolMistakes?.([...new Set(plans.flatMap((plan) => plan.pools.map(({ name }) => name)))]) ?? [];

/** One cluster's need of what its cloud bounds. */
export interface Need {
  cluster: string;
  capacity: Capacity;
}

/**
 * What the plans need of their cloud, where it bounds anything.
 * @throws UserMistakes where the cloud cannot be asked
 */
export async function needsOf(environment: Environment, plans: readonly ClusterPlan[]): Promise<Need[]> {
  const cloud = await chooseCloud(environment.cloud);
  return plans.flatMap((plan) => {
    const capacity = cloud.capacity?.(plan, cloud.observe(plan.ref.id));
    return capacity === undefined ? [] : [{ cluster: plan.ref.name, capacity }];
  });
}

/** A cloud knows a cluster by its name, the user's file by its place in the list. */
const rooted = (path: string, cluster: string, at: number): string =>
  path === cluster || path.startsWith(`${cluster}.`) ? `muster:clusters[${at}]${path.slice(cluster.length)}` : path;

/** Where a stack's clusters stand, as its file has it, or the copy that the engine was given last; unchecked. */
export function cloudOfStack(stack: string): CloudChoice {
  const written = storedConfig(stack)["muster:cloud"] ?? "local";
  const { name, ...options } = isRecord(written) ? written : { name: written };
  return { name: typeof name === "string" ? name : "local", options };
}

/**
 * Where something of ours may be: this machine, the clouds of all stacks that were up here, since a file alone makes
 * nothing, and those of `stacks`. Each once.
 */
export function cloudsInUse(stacks: readonly string[] = []): CloudChoice[] {
  const choices = [{ name: "local", options: {} }, ...[...stacksThatWereUp(), ...stacks].map(cloudOfStack)];
  return [...new Map(choices.map((choice) => [JSON.stringify(choice), choice])).values()];
}

function stacksThatWereUp(): string[] {
  const { name: project } = readProject();
  const remembered = rememberedClusters();
  return stackNames().filter(
    (stack) =>
      remembered.some((id) => id.startsWith(`${project}.${stack}.`)) || glanceAtState(project, stack).resources > 0,
  );
}

/** Sweepers of these clouds; unknown ones are left out. */
export async function sweepersFor(clouds: readonly CloudChoice[]): Promise<Sweeper[]> {
  const found = await Promise.all(
    clouds.map(async ({ name, options }) => (await cloudEntry(name))?.sweeper(options) ?? []),
  );
  return found.flat();
}
