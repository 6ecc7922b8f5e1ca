import type { ClusterConfigInput } from "../plan/config/cluster-schema.ts";
import { specFromArgs } from "../plan/config/read.ts";
import type { ClusterKind } from "../plan/kinds.ts";
import { drawUp } from "./blueprint.ts";
import type { Blueprint, Surroundings } from "./blueprint.ts";

/**
 * A cluster's description, the same fields as in a stack's config, and where it stands. All plain values; users' SSH keys
 * as text, since a component reads no files of its user.
 */
export interface DescribedCluster extends Omit<ClusterConfigInput, "name" | "kind">, Surroundings {}

/** A cluster of a kind, drawn up from its description unless it was drawn up before. */
export function blueprintOf(kind: ClusterKind, name: string, args: DescribedCluster | Blueprint): Blueprint {
  if ("plan" in args) return args;
  const { cloud, memory, recheck, remake, bundle, path, ...description } = args;
  const spec = specFromArgs(name, { ...description, kind });
  return drawUp(spec, { cloud, memory, recheck, remake, bundle, path });
}
