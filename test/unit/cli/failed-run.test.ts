import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { reportFailure } from "../../../cli/commands/outcome.ts";
import { type EngineComplaint, RunFailed } from "../../../cli/engine/engine-error.ts";
import { clusterFolder } from "../../../contract/folders.ts";
import type { RunSummary } from "../../../contract/summary.ts";
import { specFromArgs } from "../../../plan/config/read.ts";
import { planCluster } from "../../../plan/plan-cluster.ts";
import { withStateFolder } from "../../mock/state-folder.ts";
import { givenSummary } from "./given.ts";

const plan = planCluster(specFromArgs("dev", {}), { project: "muster", stack: "lab", cloud: "local", path: "dev" });
const options = { stack: "lab", verbose: 0 };

/** What the runner's stderr and stdout look like in the engine's message. */
const readyComplaint: EngineComplaint = {
  resource: "dev-ready",
  text: "dev-worker-2  machine  no route\ndev-worker-2  machine  no route\nrun  failed, 1 of 3 nodes ready",
};

function saved(summary: Partial<RunSummary>): void {
  const file = join(clusterFolder(plan.ref.id), "last.json");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ ...givenSummary, ...summary }));
}

const withoutWorker2 = givenSummary.nodes.map((node) =>
  node.name === "dev-worker-2"
    ? { ...node, state: "unreachable" as const, stage: "machine" as const, reason: "no route" }
    : node,
);

/** What a command prints while it does something, and its exit code. */
function printed(work: () => number): { text: string; code: number } {
  const streams = [process.stdout, process.stderr];
  const restore = streams.map((stream) => {
    const write = stream.write.bind(stream);
    return () => void (stream.write = write);
  });
  let text = "";
  for (const stream of streams) {
    stream.write = (part: string | Uint8Array): boolean => {
      text += String(part);
      return true;
    };
  }
  try {
    const code = work();
    return { text, code };
  } finally {
    restore.forEach((back) => back());
  }
}

describe("a failed run", () => {
  withStateFolder();
  const failed = (...complaints: EngineComplaint[]) => new RunFailed(new Error("x"), complaints, "/engine.log");
  const report = (failure: RunFailed) => printed(() => reportFailure(options, [plan], Date.now(), failure));

  it("is told by what the runner wrote down, once, not by the engine's text", () => {
    saved({ state: "failed", done: 2, nodes: withoutWorker2, checks: [] });
    const { text, code } = report(failed(readyComplaint));
    assert.equal(code, 1);
    assert.equal(text.match(/no route/g)?.length, 1);
    assert.match(text, /^\ndev is not ready: 2 of 3 nodes/);
    assert.match(text, /✖ {2}dev-worker-2 {2}unreachable {2}machine: no route/);
    assert.match(text, /everything the engine said: \/engine\.log/);
    assert.doesNotMatch(text, /dev-ready|the run failed/);
  });

  it("tells also what the runner cannot know", () => {
    saved({ state: "failed", done: 2, nodes: withoutWorker2, checks: [] });
    const { text } = report(failed(readyComplaint, { resource: "dev-worker-2", text: "no space left" }));
    assert.match(text, /\ncould not be made\n {2}✖ {2}dev-worker-2 {2}no space left\n/);
  });

  it("of which a usable cluster came out is degraded, when a machine is all that is missing", () => {
    saved({ state: "degraded", done: 2, nodes: withoutWorker2 });
    assert.equal(report(failed({ resource: "dev-worker-2", text: "no space left" })).code, 3);
    assert.equal(report(failed({ resource: "dev-network", text: "in use" })).code, 1);
    const other = report(failed({ text: "out of memory" }));
    assert.equal(other.code, 1);
    assert.match(other.text, /\nthe run failed\n {2}✖ {2}out of memory\n/);
  });

  it("tells why a machine could not be made once: by its node, or else by the engine", () => {
    const reason = "its host could not be made: no space left";
    const nodes = withoutWorker2.map((node) => (node.name === "dev-worker-2" ? { ...node, reason } : node));
    saved({ state: "degraded", done: 2, nodes });
    const known = report(failed({ resource: "dev-worker-2", text: "no space left" }));
    assert.deepEqual([known.code, known.text.match(/no space left/g)?.length], [3, 1]);
    assert.match(known.text, /✖ {2}dev-worker-2 {2}unreachable {2}machine: its host could not be made: no space left/);
    saved({ state: "degraded", done: 2, nodes: withoutWorker2 });
    const news = report(failed({ resource: "dev-worker-2", text: "no space left" }));
    assert.match(news.text, /\ncould not be made\n {2}✖ {2}dev-worker-2 {2}no space left\n/);
  });

  it("that never got to the cluster is told by the engine's text", () => {
    const failure = failed({ resource: "dev-network", text: "in use" });
    assert.throws(() => report(failure), failure);
    assert.match(failure.message, /^the run failed\n {2}✖ {2}dev-network {2}in use\n/);
  });
});
