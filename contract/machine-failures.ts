import { rmSync } from "node:fs";
import { join } from "node:path";
import { readIfThere, writeAtomically } from "./atomic-file.ts";
import { clusterFolder } from "./folders.ts";

/*
 * Why a machine could not be made, from whoever was to make it to the runner, which else would wait for it until its
 * deadline: a file a node in the cluster's folder. Every run begins without any.
 */

const folderOf = (clusterId: string): string => join(clusterFolder(clusterId), "failed-machines");

export const tellMachineFailure = (clusterId: string, node: string, reason: string): void =>
  writeAtomically(join(folderOf(clusterId), node), reason);

/** The reason in one line's words; undefined while nothing speaks against the machine. */
export const machineFailure = (clusterId: string, node: string): string | undefined =>
  readIfThere(join(folderOf(clusterId), node));

export function forgetMachineFailures(clusterId: string): void {
  rmSync(folderOf(clusterId), { recursive: true, force: true });
}
