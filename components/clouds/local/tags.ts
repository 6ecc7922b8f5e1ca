import { TAG } from "../tags.ts";

type Labels = Record<string, string> | null | undefined;

/** Podman's name of a cluster's network: the cluster's id. Pulumi's project and stack names fit podman's rules. */
export const networkName = (clusterId: string): string => clusterId;

/** Podman's name of a host: unique among clusters of all projects and stacks. */
export const hostName = (clusterId: string, node: string): string => `${clusterId}.${node}`;

/** Podman's name of a node's data volume. */
export const volumeName = (clusterId: string, node: string): string => `${clusterId}.${node}-data`;

/** `--label` flags. */
export const labelFlags = (labels: Record<string, string>): string[] =>
  Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]);

/**
 * Why a thing that already has the wanted name is not ours; undefined when it is. A uid is compared only where both
 * sides have one.
 */
export function foreign(labels: Labels, owner: { clusterId: string; uid: string }): string | undefined {
  const cluster = labels?.[TAG.cluster];
  if (cluster === undefined) return "it was not made by muster";
  if (cluster !== owner.clusterId) return `it belongs to cluster ${cluster}`;
  const uid = labels?.[TAG.uid] ?? "";
  if (uid === "" || owner.uid === "" || uid === owner.uid) return undefined;
  return `it belongs to another user's or an earlier cluster ${cluster} with uid ${uid}, not ${owner.uid}`;
}
