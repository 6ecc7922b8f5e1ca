import type { ClusterConfigInput } from "../plan/config/cluster-schema.ts";
import { specFromArgs } from "../plan/config/read.ts";
import type { ClusterKind } from "../plan/kinds.ts";
import { drawUp } from "./blueprint.ts";
import type { Blueprint, Surroundings } from "./blueprint.ts";
import { ownFilesIn } from "./own-files.ts";

/** A cluster's description, the same fields as in a stack's config, and where it stands. Users' SSH keys as text. */
export interface DescribedCluster extends Omit<ClusterConfigInput, "name" | "kind">, Surroundings {
  /** Folder that paths of own steps are relative to. Default: that of the program. */
  folder?: string;
}

/** A cluster of a kind, drawn up from its description unless it was drawn up before. */
export function blueprintOf(kind: ClusterKind, name: string, args: DescribedCluster | Blueprint): Blueprint {
  if ("plan" in args) return args;
  const { cloud, memory, recheck, remake, bundle, path, credentials, folder = process.cwd(), ...description } = args;
  const spec = specFromArgs(name, { ...description, kind }, { readOwn: ownFilesIn(folder) });
  return drawUp(spec, { cloud, memory, recheck, remake, bundle, path, credentials });
}
