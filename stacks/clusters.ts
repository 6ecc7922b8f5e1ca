import * as pulumi from "@pulumi/pulumi";
import { drawUp } from "../components/blueprint.ts";
import type { Blueprint, Surroundings } from "../components/blueprint.ts";
import type { NodeOutput } from "../components/cluster.ts";
import { narrowEngine } from "../components/engine.ts";
import { clusterKinds } from "../components/kinds.ts";
import type { ClusterMemory } from "../components/memory.ts";
import type { Mistake } from "../plan/mistake.ts";
import { UserMistakes } from "../plan/mistake.ts";
import { seatsOf } from "../plan/placement.ts";
import type { ClusterSpec } from "../plan/spec.ts";

type ByCluster<Value> = Record<string, pulumi.Output<Value>>;

/** By cluster name. All of it is known before a cluster is ready: outputs of a run that fails must not be lost. */
export interface StackOutputs {
  /** Where each service answers. */
  endpoints: ByCluster<Record<string, string>>;
  /** Address by node name. */
  nodes: ByCluster<Record<string, string>>;
  /** Names of nodes whose machines were made from an older image, of clusters that have such. */
  outdated: ByCluster<string[]>;
  /** What the next run reads back. */
  memory: ByCluster<ClusterMemory>;
}

export interface BuildOptions extends Pick<Surroundings, "cloud" | "bundle" | "recheck" | "remake" | "credentials"> {
  /** What the last run remembered, by cluster name. */
  memories: Record<string, unknown>;
}

/**
 * Builds every cluster of a stack.
 * @throws UserMistakes with the mistakes of all of them, before the first is begun
 */
export function buildClusters(specs: readonly ClusterSpec[], options: BuildOptions): StackOutputs {
  const { memories, remake = [], ...rest } = options;
  const pools = [...new Set(specs.flatMap((spec) => spec.pools.map(({ name }) => name)))];
  const mistakes = [
    ...narrowEngine(specs.length),
    ...unknownNodes(specs, remake),
    ...(options.cloud.poolMistakes?.(pools) ?? []),
  ];
  const blueprints = specs.flatMap((spec, at): Blueprint[] => {
    const own = remake.filter((name) => nodesOf(spec).includes(name));
    const surroundings = { ...rest, memory: memories[spec.name], remake: own, path: `muster:clusters[${at}]` };
    try {
      return [drawUp(spec, surroundings)];
    } catch (error) {
      if (!(error instanceof UserMistakes)) throw error;
      mistakes.push(...error.mistakes);
      return [];
    }
  });
  if (mistakes.length > 0) throw new UserMistakes(unique(mistakes));

  const outputs: StackOutputs = { endpoints: {}, nodes: {}, outdated: {}, memory: {} };
  for (const blueprint of blueprints) {
    const { name } = blueprint.plan.ref;
    const cluster = new clusterKinds[blueprint.plan.spec.kind](name, blueprint);
    outputs.endpoints[name] = cluster.endpoints;
    outputs.nodes[name] = cluster.nodes.apply(addresses);
    if (blueprint.outdated.size > 0) outputs.outdated[name] = pulumi.output([...blueprint.outdated].sort());
    outputs.memory[name] = cluster.memory;
  }
  return outputs;
}

/** A line a node: the stack's outputs are printed after every run. */
const addresses = (nodes: NodeOutput[]): Record<string, string> =>
  Object.fromEntries(nodes.map((node) => [node.name, node.address]));

const nodesOf = (spec: ClusterSpec): string[] => seatsOf(spec).map((seat) => seat.name);

function unknownNodes(specs: readonly ClusterSpec[], names: readonly string[]): Mistake[] {
  const known = new Set(specs.flatMap(nodesOf));
  return names
    .filter((name) => !known.has(name))
    .map((name) => ({ path: "MUSTER_REMAKE", found: JSON.stringify(name), allowed: "no node of this stack" }));
}

/** What is true of the engine or the machine is found once a cluster, but said once. */
function unique(mistakes: readonly Mistake[]): Mistake[] {
  return [...new Map(mistakes.map((mistake) => [JSON.stringify([mistake.path, mistake.found]), mistake])).values()];
}
