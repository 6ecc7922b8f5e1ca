import type { NodeMemory } from "../contract/node-view.ts";
import { describeMebibytes } from "./config/units.ts";
import type { Mistake } from "./mistake.ts";
import type { PlannedDaemon } from "./service.ts";
import type { HostSize } from "./spec.ts";

/**
 * Memory left to the operating system, MiB by MiB of the host. From 4 GiB on: Hortonworks, "Determine HDP Memory
 * Configuration Settings" (reserved system memory). Below, where that table has nothing: an idle Debian host with
 * systemd, sshd and chrony was measured at 33 MiB, with room left for page cache and an administrator's shell.
 */
const RESERVED: readonly (readonly [host: number, reserved: number])[] = [
  [256, 80],
  [512, 96],
  [1024, 128],
  [2048, 256],
  ...[
    [4, 1],
    [8, 2],
    [16, 2],
    [24, 4],
    [48, 6],
    [64, 8],
    [96, 12],
    [128, 24],
    [256, 32],
    [512, 64],
  ].map(([host = 0, reserved = 0]) => [host * 1024, reserved * 1024] as const),
];

/** MiB left to the operating system of a host with `memory` MiB; between the table's points in proportion. */
export function reservedMemory(memory: number): number {
  const above = RESERVED.findIndex(([host]) => host >= memory);
  if (above === 0) return RESERVED[0]?.[1] ?? 0;
  if (above === -1) return Math.floor(memory / 8);
  const [low, high] = [RESERVED[above - 1], RESERVED[above]];
  if (low === undefined || high === undefined) throw new RangeError(`no share of ${memory} MiB`);
  return Math.round(low[1] + ((memory - low[0]) * (high[1] - low[1])) / (high[0] - low[0]));
}

/** Daemons by name, as far as memory goes. */
export type SizedDaemons = ReadonlyMap<string, Pick<PlannedDaemon, "heap" | "nonHeap">>;

/** How a host's memory is shared. `available` is negative when the daemons do not fit. All MiB. */
export function shareMemory(size: HostSize, daemons: SizedDaemons): NodeMemory {
  const shares = [...daemons].map(([name, daemon]) => {
    const heap = Math.round(daemon.heap(size));
    return [name, { heap, total: heap + daemon.nonHeap }] as const;
  });
  const reserved = reservedMemory(size.memory);
  const used = shares.reduce((sum, [, share]) => sum + share.total, reserved);
  return { host: size.memory, reserved, daemons: Object.fromEntries(shares), available: size.memory - used };
}

/** What is wrong when daemons do not fit on a pool's hosts: the sum by name, and how much would do. */
export function memoryMistake(pool: string, size: HostSize, daemons: SizedDaemons): Mistake | undefined {
  const memory = shareMemory(size, daemons);
  if (memory.available >= 0) return undefined;
  const parts = Object.entries(memory.daemons).map(([name, share]) => `${name} ${share.total}`);
  const sum = [`system ${memory.reserved}`, ...parts].join(" + ");
  const enough = smallestFit(size, daemons);
  const advice = enough === undefined ? "put fewer daemons on it" : `allowed: at least ${describeMebibytes(enough)}`;
  const need = `its daemons need ${memory.host - memory.available} MiB (${sum})`;
  return { path: `pools.${pool}.memory`, found: describeMebibytes(size.memory), allowed: `${advice}; ${need}` };
}

const STEP = 128;
const MOST = 1024 * 1024;

/** Heaps grow with the host, so the smallest host that fits is searched, not computed. */
function smallestFit(size: HostSize, daemons: SizedDaemons): number | undefined {
  for (let memory = Math.ceil((size.memory + 1) / STEP) * STEP; memory <= MOST; memory += STEP) {
    if (shareMemory({ ...size, memory }, daemons).available >= 0) return memory;
  }
  return undefined;
}
