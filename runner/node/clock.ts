import type { NodeLink } from "./link.ts";

const timeoutMs = 30_000;

/**
 * Seconds by which a node's clock is surely ahead (or, negative, behind) of this machine's: its answer was written at
 * some moment between the question and the answer's arrival, so that a slow line is no difference. `until`:
 * milliseconds since the epoch.
 */
export async function clockOffset(link: NodeLink, until: number): Promise<number> {
  let asked = 0;
  const { time } = await link.request<{ time: number }>(() => {
    asked = Date.now() / 1000;
    return { op: "time", timeoutMs };
  }, until);
  return surely(time, asked, Date.now() / 1000);
}

/** How far a clock that showed `time` at some moment between two is surely off; seconds. */
export function surely(time: number, from: number, to: number): number {
  return time > to ? time - to : Math.min(0, time - from);
}
