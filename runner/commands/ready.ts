import { learnLock, wheelsLock } from "../../artifacts/locks.ts";
import { isCheckWanted } from "../../contract/check-variable.ts";
import { clusterFolder } from "../../contract/folders.ts";
import type { Job } from "../../contract/job.ts";
import {
  appendJournal,
  entriesOf,
  formattedServices,
  lastFinished,
  readJournal,
  stillToMend,
} from "../../contract/journal.ts";
import { runSince } from "../../contract/up-variables.ts";
import type { RunSummary } from "../../contract/summary.ts";
import { artifactFiles } from "../artifacts/inventory.ts";
import { converge } from "../converge/converge.ts";
import { readBundle, type BundleFile } from "../converge/prepare.ts";
import { leave, type LeaveOptions } from "../leave.ts";
import { endChildren } from "../process/children.ts";
import { takeLock } from "../process/lock.ts";
import { Stopped, stopWhenTold } from "../process/stopping.ts";
import { readJob, writeAddresses } from "../record/job-file.ts";
import { newRunId, RunLog } from "../record/run-log.ts";
import { StageTimes } from "../record/stage-times.ts";
import { failureLine, saveSummary, shortSummary } from "../record/summary.ts";
import type { LocalArtifact } from "../relay/crossing.ts";
import { Relay } from "../relay/relay.ts";
import { newRun, type Run } from "../run.ts";
import { EnrolledNodes } from "../ssh/enrolled.ts";
import { writeOperatorAccess } from "../ssh/operator.ts";
import { summarize, verify } from "../verify/verify.ts";
import type { ReadyInput } from "./ready-input.ts";

/** Where the things that nodes are given come from. */
export interface Sources {
  /** Brings an artifact into the store of this machine; `path`: its folder. */
  artifact: (id: string, signal: AbortSignal) => Promise<{ path: string }>;
  /** Builds the bundle, or finds it built; `sha` is its content hash. */
  bundle: () => Promise<{ sha: string; path: string }>;
}

const lockWaitSeconds = 900;
/** So long a configured cluster's node may take to answer before leaving. */
const leaveAnswerMs = 60_000;

/**
 * One run of `Ready`: leave, converge, verify. Prints the short summary as stdout's last line.
 * Returns the exit code: 0 when ready or degraded.
 */
export async function ready(input: ReadyInput, sources: Sources): Promise<number> {
  const controller = new AbortController();
  const callOff = stopWhenTold(controller);
  try {
    controller.signal.throwIfAborted();
    const unlock = await takeLock(clusterFolder(input.clusterId), {
      doing: "ready",
      waitSeconds: lockWaitSeconds,
      onWait: (owner) =>
        process.stderr.write(`waits for process ${owner.pid} on ${owner.host}, which is at work (${owner.doing})\n`),
      signal: controller.signal,
    });
    try {
      return await readyLocked(input, sources, controller);
    } finally {
      await endChildren(1000);
      unlock();
    }
  } finally {
    callOff();
  }
}

async function readyLocked(input: ReadyInput, sources: Sources, controller: AbortController): Promise<number> {
  const { clusterId, attempt } = input;
  writeAddresses(clusterId, input.addresses);
  const job = readJob(clusterId, input.job);
  for (const { lock } of job.artifacts) if (lock !== undefined) learnLock(wheelsLock.parse(lock));
  const journal = entriesOf(readJournal(clusterId), input.identity.uid);
  const before = lastFinished(journal)?.generations ?? {};
  const log = new RunLog(clusterId, newRunId());
  log.onLost = (error) => controller.abort(error);
  const entry = () => ({ at: new Date().toISOString(), run: log.run, job: input.job, attempt });
  const formatted = new Set(formattedServices(journal));
  const onFormatted = (services: string[]) => {
    const news = services.filter((service) => !formatted.has(service));
    if (news.length === 0) return;
    for (const service of news) formatted.add(service);
    appendJournal(clusterId, { type: "formatted", at: new Date().toISOString(), run: log.run, services: news });
  };
  const finish = (summary: Omit<RunSummary, "format">, interrupted: boolean) => {
    const wanted = Object.fromEntries(job.nodes.map((node) => [node.name, node.generation]));
    const done = summary.state !== "failed";
    appendJournal(clusterId, {
      type: "finished",
      ...entry(),
      state: interrupted ? "interrupted" : summary.state,
      unfinished: summary.nodes.filter((node) => node.state !== "ready").map((node) => node.name),
      formatted: [...formatted].sort(),
      ...(summary.verifiedAt === undefined ? {} : { verifiedAt: summary.verifiedAt }),
      // Who should have left but has not stays known.
      generations: done ? wanted : { ...before, ...wanted },
    });
    saveSummary(clusterId, { format: 1, ...summary });
  };
  const names = job.nodes.map((node) => node.name);
  const mend = isCheckWanted() ? names : stillToMend(journal).filter((name) => names.includes(name));
  const toMend = mend.length === 0 ? {} : { mend };
  appendJournal(clusterId, { type: "started", ...entry(), uid: input.identity.uid, ...toMend });
  const enrolled = new EnrolledNodes(clusterId, input.identity.uid);
  const { signal } = controller;
  const trust = { identity: input.identity, enrolled };
  const run = newRun(job, { files: writeOperatorAccess(job, input.identity), log, signal, trust });
  const times = new StageTimes();
  const total = setTimeout(
    () => controller.abort(new Error(`not done within ${job.deadlines.total} s`)),
    Math.max(1000, job.deadlines.total * 1000 - (Date.now() - runSince())),
  );
  // Whatever else waits at that moment is waiting for a child.
  signal.addEventListener("abort", () => void endChildren(1500), { once: true });
  try {
    const state: RunState = {
      run,
      times,
      isFirst: journal.length === 0,
      leavers: journal.length === 0 ? undefined : Object.keys(before).filter((name) => !run.links.has(name)),
      old: enrolled.among(job.nodes),
      formatted,
      onFormatted,
      mend: new Set(mend),
    };
    const left = await bringAbout(state, input, sources, controller);
    const found = await verify(run);
    times.mark("verify");
    const summary = summarize(run, attempt, input.job, found, { stages: times.seconds, left });
    finish(summary, false);
    if (summary.state !== "failed") enrolled.keepOnly([...run.links.keys()]);
    log.event("run", summary.state === "failed" ? "failed" : "done", failureLine(summary));
    process.stdout.write(`${shortSummary(summary)}\n`);
    return summary.state === "failed" ? 1 : 0;
  } catch (error) {
    const cause: unknown = signal.aborted ? signal.reason : error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    fillIn(run);
    const outcome = { state: "failed" as const, reason };
    const summary = summarize(run, attempt, input.job, { checks: [], outcome }, { stages: times.seconds, left: [] });
    finish(summary, cause instanceof Stopped);
    log.detail(undefined, cause instanceof Error ? (cause.stack ?? reason) : reason);
    log.event("run", "failed", failureLine(summary));
    process.stdout.write(`${shortSummary(summary)}\n`);
    return cause instanceof Stopped ? cause.exitCode : 1;
  } finally {
    clearTimeout(total);
    for (const link of run.links.values()) link.close();
  }
}

interface RunState {
  run: Run;
  times: StageTimes;
  isFirst: boolean;
  leavers: string[] | undefined;
  /** Nodes that an earlier run enrolled. */
  old: ReadonlySet<string>;
  formatted: Set<string>;
  onFormatted: (services: string[]) => void;
  /** Nodes to configure whatever they say of themselves. */
  mend: ReadonlySet<string>;
}

/** Leave and converge; returns who left. A failure of what all nodes need ends the run for all. */
async function bringAbout(
  state: RunState,
  input: ReadyInput,
  sources: Sources,
  controller: AbortController,
): Promise<string[]> {
  const { run, times } = state;
  const { job } = run;
  let anyApplied = false;
  const options = (): LeaveOptions => ({
    leavers: state.leavers,
    isNew: () => state.isFirst && !anyApplied,
    formatted: [...state.formatted],
    answerMs: state.isFirst ? job.deadlines.machine * 1000 : leaveAnswerMs,
  });
  const fatal = <Result>(work: Promise<Result>): Promise<Result> => {
    work.catch((error: unknown) => controller.abort(error));
    return work;
  };
  const bundle = fatal(bundleOf(job, sources));
  const artifacts = fatal(Promise.all(job.artifacts.map(({ id }) => localArtifact(id, sources, run.signal))));
  const leaving = fatal(leave(run, job.leave, options()));
  const left = leaving.then((outcome) => {
    // Where nobody left, the time went by waiting for the machine that would have been asked.
    if (outcome.left.length > 0) times.mark("leave");
  });
  // Where no node waits for it, its failure is still told: by `leaving`.
  left.catch(() => undefined);
  await converge(run, {
    identity: input.identity,
    credentials: input.credentials,
    formatted: () => [...state.formatted],
    onFormatted: state.onFormatted,
    bundle,
    relay: new Relay(run, { artifacts, identity: input.identity, old: state.old }),
    left,
    mend: state.mend,
    onHello: (_node, hello) => {
      anyApplied ||= hello.applied !== null;
      state.onFormatted(hello.formatted);
      times.mark("machines");
    },
    onMissing: () => times.mark("machines"),
  });
  times.mark("converge");
  const outcome = await leaving;
  if (outcome.postponed.length === 0 || options().isNew()) return outcome.left;
  const late = await leave(run, outcome.postponed, { ...options(), answerMs: leaveAnswerMs });
  if (late.postponed.length > 0 && (state.leavers ?? []).length > 0)
    throw new Error(
      `${(state.leavers ?? []).join(", ")} cannot leave: no node that could let them go is configured; the machines stay`,
    );
  times.mark("leave");
  return [...new Set([...outcome.left, ...late.left])];
}

async function localArtifact(id: string, sources: Sources, signal: AbortSignal): Promise<LocalArtifact> {
  const { path } = await sources.artifact(id, signal);
  return { id, path, files: await artifactFiles(path) };
}

async function bundleOf(job: Job, sources: Sources): Promise<BundleFile> {
  const built = await sources.bundle();
  if (built.sha !== job.bundle)
    throw new Error(
      `the roles changed since this job was planned (bundle ${built.sha.slice(0, 12)}, wanted ${job.bundle.slice(0, 12)}): run \`muster up\` again`,
    );
  return readBundle(built.path);
}

/** Nodes that had no result yet when the run was ended. */
function fillIn(run: Run): void {
  for (const { name, pool } of run.job.nodes)
    if (!run.results.has(name))
      run.results.set(name, { name, pool, state: "unfinished", reason: "the run ended before" });
}
