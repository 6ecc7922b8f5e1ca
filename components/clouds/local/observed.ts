import type { ObservedMachine } from "../cloud.ts";
import { generationOf, isRunning, type PodmanContainer } from "./host.ts";
import { TAG } from "../tags.ts";

/** The hosts of one cluster, as every cloud describes its machines. Needs no engine, so that a look is quick. */
export function observedIn(hosts: readonly PodmanContainer[], clusterId: string): ObservedMachine[] {
  return hosts
    .filter((host) => host.Labels?.[TAG.cluster] === clusterId)
    .map((host) => ({
      name: host.Labels?.[TAG.node] ?? "",
      id: host.Id,
      running: isRunning(host),
      generation: generationOf(host),
      uid: host.Labels?.[TAG.uid] ?? "",
      kind: host.Labels?.[TAG.kind] ?? "",
      image: host.Image,
      address: host.Labels?.[TAG.address] ?? "",
      ...(host.StartedAt > 0 ? { startedAt: host.StartedAt * 1000 } : {}),
    }));
}
