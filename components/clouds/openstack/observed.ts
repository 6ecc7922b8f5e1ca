import type { ObservedMachine } from "../cloud.ts";
import { TAG } from "../tags.ts";
import type { Server } from "./api/answers.ts";

/** States in which a server only needs to be started. Everything else that is not broken is on its way or runs. */
const STILL = new Set(["SHUTOFF", "STOPPED", "SUSPENDED", "PAUSED", "SHELVED", "SHELVED_OFFLOADED"]);
const BROKEN = new Set(["ERROR", "DELETED", "SOFT_DELETED"]);

/** The servers of one cluster, as every cloud describes its machines. */
export function observedIn(servers: readonly Server[], clusterId: string): ObservedMachine[] {
  return servers
    .filter(({ metadata }) => metadata[TAG.cluster] === clusterId)
    .map((server) => {
      const { id, name, status, metadata, image, fault } = server;
      const broken = BROKEN.has(status);
      const running = !broken && !STILL.has(status);
      const reason = fault?.message ?? (running ? undefined : `its server is in state ${status}`);
      return {
        name: metadata[TAG.node] ?? name,
        id,
        running,
        ...(broken ? { broken } : {}),
        ...(reason === undefined ? {} : { reason }),
        generation: Number(metadata[TAG.generation] ?? 0),
        uid: metadata[TAG.uid] ?? "",
        kind: metadata[TAG.kind] ?? "",
        address: metadata[TAG.address] ?? "",
        // Of a server that boots from a volume Nova does not know it.
        ...(typeof image === "object" && image !== null ? { image: image.id } : {}),
      };
    });
}
