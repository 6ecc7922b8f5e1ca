import type { Credentials } from "../../contract/credentials.ts";
import type { ClusterIdentity } from "../../contract/identity.ts";
import type { JobNode } from "../../contract/job.ts";
import type { StepResult } from "../node/ask.ts";
import { NodeFailure } from "../node/failure.ts";
import { idleDaemons, isNewNode, type Hello } from "../node/hello.ts";
import type { NodeLink } from "../node/link.ts";
import type { Relay } from "../relay/relay.ts";
import { linkOf, type Run } from "../run.ts";
import { activateChanged, activateFirst } from "./activate.ts";
import { PrepareBarrier } from "./barrier.ts";
import { isApplied, knowsFormatted, nodeInputs, type NodeInputs } from "./inputs.ts";
import { hasOwnContents, putOwnContents, runOwnSteps } from "./own-steps.ts";
import { putBundle, putInputs, prepare, type BundleFile } from "./prepare.ts";
import { throughReboots } from "./reboot.ts";
import { Restarts } from "./restarts.ts";

export interface ConvergeOptions {
  identity: ClusterIdentity;
  /** What the user gave as secrets. */
  credentials: Credentials;
  /** Services whose store any earlier run formatted. */
  formatted: () => readonly string[];
  /** Told at once when a node says that it formatted a store. */
  onFormatted: (services: string[]) => void;
  bundle: Promise<BundleFile>;
  relay: Relay;
  /** Resolves when those who leave have left; until then nodes that were configured before stay as they are. */
  left: Promise<void>;
  /** Nodes to configure, and to look at thoroughly, although they seem to have everything. */
  mend: ReadonlySet<string>;
  /** A node answered and was looked at: for finding out whether anything was ever applied. */
  onHello: (node: JobNode, hello: Hello) => void;
  /** A node never answered as it should: no longer waited for. */
  onMissing: (node: JobNode) => void;
}

/** What the nodes of a run share. */
export interface Convergence {
  run: Run;
  options: ConvergeOptions;
  barrier: PrepareBarrier;
  restarts: Restarts;
  /** Milliseconds since the epoch. */
  machinesUntil: number;
}

/** After the run's start, nodes that were configured before wait so long for others that have not answered yet. */
const barrierGraceMs = 20_000;

/** Configures every node, each as soon as it answers. How each ended is in `run.results`; only a stop throws. */
export async function converge(run: Run, options: ConvergeOptions): Promise<void> {
  const { job } = run;
  const names = job.nodes.map((node) => node.name);
  const shared: Convergence = {
    run,
    options,
    barrier: new PrepareBarrier(names, barrierGraceMs),
    restarts: new Restarts(job.maxUnavailable),
    machinesUntil: Date.now() + job.deadlines.machine * 1000,
  };
  await Promise.all(job.nodes.map((node) => convergeNode(shared, node)));
  run.signal.throwIfAborted();
}

async function convergeNode(shared: Convergence, node: JobNode): Promise<void> {
  const { run, barrier, restarts } = shared;
  const started = Date.now();
  const done = (result: { changed?: boolean }) =>
    run.results.set(node.name, {
      name: node.name,
      pool: node.pool,
      state: "ready",
      seconds: Math.round((Date.now() - started) / 1000),
      ...result,
    });
  try {
    done({ changed: await bringAbout(shared, node) });
  } catch (error) {
    const failure = run.signal.aborted
      ? new NodeFailure("unfinished", "prepare", "interrupted")
      : error instanceof NodeFailure
        ? error
        : new NodeFailure("failed", "prepare", (error as Error).message);
    const { state, stage, message: reason } = failure;
    if (stage === "machine") shared.options.onMissing(node);
    run.results.set(node.name, { name: node.name, pool: node.pool, state, stage, reason });
    run.log.event(stage, "failed", reason, node.name);
  } finally {
    barrier.set(node.name, "uninvolved");
    restarts.settle(node.name);
    shared.options.relay.settle(node.name);
    run.rest(linkOf(run, node.name));
  }
}

/** Returns whether anything had to be done. */
async function bringAbout(shared: Convergence, node: JobNode): Promise<boolean> {
  const { run, options } = shared;
  const link = linkOf(run, node.name);
  const hello = await link.connect(shared.machinesUntil);
  options.onHello(node, hello);
  options.relay.hear(node, hello);
  run.log.event("machine", "done", "answers", node.name);
  const enrolled = link.enrol(shared.machinesUntil);
  // It may fail while the node's artifacts are still on their way, and nobody listens yet.
  const settled = enrolled.catch(() => undefined);
  try {
    return await configure(shared, link, hello, enrolled);
  } finally {
    // Whoever fails should at least be one of the cluster's: the next run, and people, log in there.
    await settled;
  }
}

/** Returns whether anything had to be done. */
async function configure(shared: Convergence, link: NodeLink, hello: Hello, enrolled: Promise<void>): Promise<boolean> {
  const { run, options, barrier, restarts } = shared;
  const node = link.node;
  const isNew = isNewNode(hello);
  if (!isNew) {
    barrier.set(node.name, "preparing");
    if (node.roles.includes("master")) restarts.expectMaster(node.name);
    await options.left.catch((error: unknown) => {
      throw new NodeFailure("unfinished", "prepare", `untouched, because leaving failed: ${(error as Error).message}`);
    });
  }
  const inputs = nodeInputs(run.job, node, options.identity, options.formatted(), options.credentials);
  const idle = idleDaemons(hello.daemons);
  const thorough = options.mend.has(node.name);
  const hasArtifacts = Object.values(node.view.artifacts).every((id) => hello.artifacts.includes(id));
  const applied = !thorough && hasArtifacts && hasOwnContents(node, hello) && isApplied(hello.applied, inputs.applied);
  if (applied) await enrolled;
  if (applied && !knowsFormatted(hello.applied, inputs.applied)) await putInputs(link, inputs, true);
  if (applied && idle.length === 0) {
    run.log.event("activate", "done", "has everything already", node.name);
    return false;
  }
  const rebooting = (until: number, work: (until: number) => Promise<StepResult>) =>
    throughReboots(shared, link, { inputs, isNew, until }, work);
  // Fetching what all nodes need, and waiting for a turn, is no node's time.
  const inTime = (work: (until: number) => Promise<void>) =>
    run.atOnce(() => work(Date.now() + run.job.deadlines.converge * 1000));
  if (applied) {
    // Its files are right; only daemons are down, for example after the host was restarted.
    barrier.set(node.name, "uninvolved");
    run.log.event("activate", "started", idle.join(", "), node.name);
    await inTime((until) => activateFirst(shared, link, inputs, until));
  } else {
    if (isNew) barrier.set(node.name, "uninvolved");
    const bundle = await options.bundle;
    await options.relay.bring(node, hello, thorough);
    await inTime(async (until) => {
      if (!hello.bundles.includes(run.job.bundle)) await putBundle(link, run.job.bundle, bundle, until);
      await putOwnContents(run, link, hello, until);
      await putInputs(link, inputs, false);
      const before = await rebooting(until, (left) =>
        runOwnSteps(run, link, inputs, { when: "before", until: left, thorough }),
      );
      const left = await rebooting(before, (rest) =>
        prepare(run, link, inputs, { userCa: options.identity.userCa, until: rest, thorough }),
      );
      // After it, so that who was lost meanwhile is told with the stage that was under way.
      await enrolled;
      if (isNew) await activateFirst(shared, link, inputs, left);
    });
    if (!isNew) {
      barrier.set(node.name, "prepared");
      run.rest(link);
      await barrier.passed(run.signal);
      await activateChanged(shared, link, inputs);
    }
    await inTime(async (until) => {
      await rebooting(until, (left) => runOwnSteps(run, link, inputs, { when: "after", until: left, thorough }));
    });
  }
  await finish(shared, link, inputs);
  return true;
}

async function finish(shared: Convergence, link: NodeLink, inputs: NodeInputs): Promise<void> {
  type Marked = { formatted: string[]; daemons: Record<string, string> };
  const marked = await link.request<Marked>(
    () => ({ op: "applied", args: { applied: { ...inputs.applied } }, timeoutMs: 30_000 }),
    Date.now() + 60_000,
  );
  if (marked.formatted.length > 0) shared.options.onFormatted(marked.formatted);
  const idle = idleDaemons(marked.daemons);
  if (idle.length > 0) throw new NodeFailure("failed", "activate", idle.join(", "));
  shared.run.log.event("activate", "done", "configured", link.node.name);
}
