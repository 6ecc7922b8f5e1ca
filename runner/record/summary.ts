import { join } from "node:path";
import { clusterFolder } from "../../contract/folders.ts";
import type { RunSummary } from "../../contract/summary.ts";
import { writeAtomically } from "../../contract/atomic-file.ts";
import { oneLine } from "./plain-text.ts";

const longest = 1024;

/** Keeps the whole summary in `last.json`. */
export function saveSummary(clusterId: string, summary: RunSummary): void {
  writeAtomically(join(clusterFolder(clusterId), "last.json"), `${JSON.stringify(summary, null, 1)}\n`);
}

/**
 * The summary as it goes to stdout, and so into the engine's state: at most 1 KB, only what is open (the first few), no
 * times. The whole of it is in `last.json`.
 */
export function shortSummary(summary: RunSummary): string {
  const open = summary.nodes
    .filter((node) => node.state !== "ready")
    .map(({ seconds: _seconds, changed: _changed, ...node }) => node);
  const failed = summary.checks.filter((check) => !check.ok);
  const { format, job, attempt, state, wanted, done, endpoints, left, reason } = summary;
  // Gives up details step by step, counts and state never.
  for (const most of [8, 5, 3, 2, 1, 0]) {
    const words = 40 + most * 12;
    const text = JSON.stringify({
      format,
      job,
      attempt,
      state,
      wanted,
      done,
      nodes: open
        .slice(0, most)
        .map((node) => ({ ...node, ...(node.reason ? { reason: oneLine(node.reason, words) } : {}) })),
      checks: failed.slice(0, most).map(({ name, ok, detail }) => ({
        name: oneLine(name, words),
        ok,
        detail: oneLine(detail, words),
        seconds: 0,
      })),
      stages: {},
      endpoints: most > 1 ? endpoints : {},
      left: left.slice(0, most),
      ...(reason === undefined ? {} : { reason: oneLine(reason, most > 0 ? 160 : 60) }),
    } satisfies RunSummary);
    if (Buffer.byteLength(text) <= longest) return text;
  }
  throw new Error("the shortest summary is longer than 1 KB");
}

/** What a failed run says last: nodes, stage, reason. */
export function failureLine(summary: RunSummary): string {
  const open = summary.nodes.filter((node) => node.state !== "ready");
  const first = open
    .slice(0, 5)
    .map((node) => `${node.name} (${node.stage ?? "machine"}: ${oneLine(node.reason ?? node.state, 320)})`);
  const more = open.length > 5 ? ` and ${open.length - 5} more` : "";
  const nodes = first.length === 0 ? "" : `: ${first.join(", ")}${more}`;
  const count = `${summary.done} of ${summary.wanted} nodes ready`;
  return [`${summary.state}, ${count}${nodes}`, summary.reason].filter(Boolean).join("; ");
}
