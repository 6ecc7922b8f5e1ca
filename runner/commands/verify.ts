import { clusterFolder } from "../../contract/folders.ts";
import { appendJournal, lastFinished, readJournal } from "../../contract/journal.ts";
import type { RunSummary } from "../../contract/summary.ts";
import { viewHash } from "../converge/inputs.ts";
import { NodeFailure } from "../node/failure.ts";
import { idleDaemons } from "../node/hello.ts";
import { endChildren } from "../process/children.ts";
import { takeLock } from "../process/lock.ts";
import { Stopped, stopWhenTold } from "../process/stopping.ts";
import { readJob } from "../record/job-file.ts";
import { newRunId, RunLog } from "../record/run-log.ts";
import { failureLine } from "../record/summary.ts";
import { linkOf, newRun, type Run } from "../run.ts";
import { sshFiles } from "../ssh/operator.ts";
import { summarize, verify } from "../verify/verify.ts";

const answerMs = 30_000;
const lockWaitSeconds = 60;
const exitCodes = { ready: 0, degraded: 3, failed: 1 } as const;

/** `muster-runner verify`: the last job's checks, on the cluster as it is. Only reads. Exit code 0, 3 (degraded) or 1. */
export async function verifyCommand(clusterId: string, json: boolean): Promise<number> {
  const controller = new AbortController();
  const callOff = stopWhenTold(controller);
  const last = lastFinished(readJournal(clusterId));
  if (last === undefined)
    throw new Error(`${clusterId} was never brought up from this machine: run \`muster up\` first`);
  const unlock = await takeLock(clusterFolder(clusterId), {
    doing: "verify",
    waitSeconds: lockWaitSeconds,
    onWait: (owner) => process.stderr.write(`waits for process ${owner.pid}, which is at work (${owner.doing})\n`),
    signal: controller.signal,
  });
  try {
    const job = readJob(clusterId, last.job);
    const log = new RunLog(clusterId, newRunId(), json ? () => undefined : undefined);
    log.onLost = (error) => controller.abort(error);
    const run = newRun(job, { files: sshFiles(clusterId), log, signal: controller.signal });
    await Promise.all(job.nodes.map((node) => look(run, node.name)));
    const found = await verify(run);
    const summary = summarize(run, last.attempt, last.job, found, { stages: {}, left: [] });
    appendJournal(clusterId, {
      type: "verified",
      at: new Date().toISOString(),
      run: log.run,
      job: last.job,
      state: summary.state,
    });
    log.event("run", summary.state === "failed" ? "failed" : "done", failureLine(summary));
    process.stdout.write(json ? `${JSON.stringify(summary, null, 1)}\n` : people(summary));
    return exitCodes[summary.state];
  } catch (error) {
    if (controller.signal.reason instanceof Stopped) return controller.signal.reason.exitCode;
    throw error;
  } finally {
    await endChildren(1000);
    unlock();
    callOff();
  }
}

/** Whether a node answers by its signed key, was configured by the last job, and all its daemons run. */
async function look(run: Run, name: string): Promise<void> {
  const link = linkOf(run, name);
  const { node } = link;
  const result = { name, pool: node.pool };
  try {
    const hello = await link.connect(Date.now() + answerMs);
    const { applied } = hello;
    const current =
      applied?.bundle === run.job.bundle && applied.view === viewHash(node) && applied.generation === node.generation;
    const reasons = [...(current ? [] : ["is not configured by the last job"]), ...idleDaemons(hello.daemons)];
    run.results.set(
      name,
      reasons.length === 0
        ? { ...result, state: "ready", changed: false }
        : { ...result, state: "failed", stage: "activate", reason: reasons.join(", ") },
    );
  } catch (error) {
    run.signal.throwIfAborted();
    const state = error instanceof NodeFailure ? error.state : "failed";
    run.results.set(name, { ...result, state, stage: "machine", reason: (error as Error).message });
  }
}

function people(summary: RunSummary): string {
  const width = Math.max(0, ...summary.checks.map((check) => check.name.length));
  const checks = summary.checks.map((c) => `${c.ok ? "ok    " : "FAILED"}  ${c.name.padEnd(width)}  ${c.detail}`);
  return `${[...checks, failureLine(summary)].join("\n")}\n`;
}
