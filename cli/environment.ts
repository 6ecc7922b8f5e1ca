import { existsSync } from "node:fs";
import { cloudNames } from "../components/clouds/index.ts";
import { ownFilesIn } from "../components/own-files.ts";
import { type CloudChoice, parseEnvironment } from "../plan/config/read.ts";
import type { ClusterPlan } from "../plan/cluster-plan.ts";
import { type Mistake, UserMistakes } from "../plan/mistake.ts";
import { clusterId } from "../plan/names.ts";
import { planCluster } from "../plan/plan-cluster.ts";
import type { ClusterSpec } from "../plan/spec.ts";
import { readKeyFile } from "../stacks/config/key-files.ts";
import { glanceAtState } from "./engine/recovery.ts";
import { rememberedClusters } from "./record.ts";
import { clusterNamesIn, home, readProject, readStackFile, stackFile, type StackSettings } from "./stacks.ts";

/** A stack as its file wants it, validated. */
export interface Environment {
  project: string;
  stack: string;
  cloud: CloudChoice;
  clusters: ClusterSpec[];
}

/** One cluster by its names; known without validating anything, so that a broken config never hides a cluster. */
export interface ClusterName {
  project: string;
  stack: string;
  cluster: string;
  /** `<project>.<stack>.<cluster>`: names its folder and its tags. */
  id: string;
}

/**
 * Reads and validates a stack's config in this process: mistakes are told at once, before any engine starts.
 * @throws UserMistakes with every mistake there is.
 */
export function readEnvironment(stack: string): Environment {
  const settings = readStackFile(stack);
  const { cloud, clusters } = parseEnvironment(musterConfig(settings), "muster:", {
    readText: readKeyFile,
    readOwn: ownFilesIn(home()),
    clouds: cloudNames,
  });
  return { project: readProject().name, stack, cloud, clusters };
}

/** The plans of all clusters of an environment. */
export function plansOf(environment: Environment): ClusterPlan[] {
  const { project, stack, cloud } = environment;
  const mistakes: Mistake[] = [];
  const plans = environment.clusters.flatMap((spec, at) => {
    try {
      return planCluster(spec, { project, stack, cloud: cloud.name, path: `muster:clusters[${at}]` });
    } catch (error) {
      if (!(error instanceof UserMistakes)) throw error;
      mistakes.push(...error.mistakes);
      return [];
    }
  });
  if (mistakes.length > 0) throw new UserMistakes(mistakes);
  return plans;
}

/** The clusters that a stack's file names. */
export function clustersOf(stack: string): ClusterName[] {
  const project = readProject().name;
  const names = clusterNamesIn(readStackFile(stack));
  return names.map((cluster) => ({ project, stack, cluster, id: clusterId(project, stack, cluster) }));
}

/** The clusters that a stack's file names, and those that were there before: also when the file is gone or broken. */
export function everyClusterOf(stack: string): ClusterName[] {
  const project = readProject().name;
  const prefix = `${project}.${stack}.`;
  // Clusters have no dots in their names, stacks may.
  const own = (id: string): boolean => id.startsWith(prefix) && !id.slice(prefix.length).includes(".");
  const remembered = rememberedClusters().filter(own);
  // A stack whose file is gone is still there while the engine or this machine remembers it.
  const orphaned = !existsSync(stackFile(stack)) && (remembered.length > 0 || glanceAtState(project, stack).exists);
  const known = orphaned ? [] : clustersOf(stack);
  const ids = new Set([...known.map((cluster) => cluster.id), ...remembered]);
  return [...ids].sort().map((id) => ({ project, stack, cluster: id.slice(prefix.length), id }));
}

/**
 * The cluster that a command is about: the one named, or the only one there is.
 * @throws UserMistakes when there are several and none was named, or the name is unknown.
 */
export function theCluster(stack: string, wanted: string | undefined): ClusterName {
  const clusters = clustersOf(stack);
  const names = clusters.map((cluster) => cluster.cluster).join(", ");
  const chosen = wanted === undefined ? clusters : clusters.filter((cluster) => cluster.cluster === wanted);
  const [first] = chosen;
  if (first !== undefined && chosen.length === 1) return first;
  const found = wanted === undefined ? `${clusters.length} clusters in ${stack}` : `"${wanted}"`;
  throw new UserMistakes([{ path: "--cluster", found, allowed: `one of: ${names === "" ? "none" : names}` }]);
}

/** Everything under `muster:`, so that an unknown key is told too. */
function musterConfig(settings: StackSettings): Record<string, unknown> {
  const own = Object.entries(settings.config).filter(([key]) => key.startsWith("muster:"));
  return Object.fromEntries(own.map(([key, value]) => [key.slice("muster:".length), value]));
}
