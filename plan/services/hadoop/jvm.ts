import type { NodePlan } from "../../cluster-plan.ts";

/** How a daemon's Java process is started on one node; roles put it into the unit's environment as it is. */
export interface DaemonProcess {
  /** Arguments of `java`, heap first, separated by blanks. */
  options: string;
  /** Environment variables besides. */
  environment: Record<string, string>;
}

/** Below this a host (MiB) gets the small profile, with which the memory figures of the daemons were measured. */
const SMALL_HOST = 2048;
/** Below this a host (MiB) gets one collector thread: G1 costs memory and saves nothing on heaps this small. */
const SERIAL_HOST = 8192;

/** Options of the Java process of `daemon` on `node`; the heap is the plan's. */
export function daemonProcess(node: NodePlan, daemon: string): DaemonProcess {
  const memory = node.memory.daemons[daemon];
  if (!memory) throw new Error(`${node.name} has no memory planned for ${daemon}`);
  return {
    options: [`-Xmx${memory.heap}m`, ...collector(node)].join(" "),
    // glibc makes up to 8 arenas a core, each of 64 MiB of address space that is never given back.
    environment: { MALLOC_ARENA_MAX: node.memory.host < SMALL_HOST ? "1" : "4" },
  };
}

function collector(node: NodePlan): string[] {
  if (node.memory.host < SMALL_HOST)
    return [
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1",
      "-XX:ReservedCodeCacheSize=32m",
      "-XX:MaxMetaspaceSize=96m",
      "-Xss512k",
    ];
  return applicationCollector(node);
}

/** The collector for users' own Java processes on a host: what they load is theirs, so nothing else is bounded. */
export function applicationCollector(node: NodePlan): string[] {
  return node.memory.host < SERIAL_HOST ? ["-XX:+UseSerialGC"] : [];
}

/** A heap that is `part` of the host's memory within bounds; all in MiB, whole multiples of 16. */
export function heapShare(memory: number, part: number, least: number, most: number): number {
  const share = Math.floor((memory * part) / 16) * 16;
  return Math.min(most, Math.max(least, share));
}
