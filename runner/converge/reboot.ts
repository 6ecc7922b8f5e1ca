import { setTimeout as pause } from "node:timers/promises";
import { runOnNode, type StepResult } from "../node/ask.ts";
import { NodeFailure } from "../node/failure.ts";
import type { Hello } from "../node/hello.ts";
import type { NodeLink } from "../node/link.ts";
import { runChild } from "../process/children.ts";
import type { Run } from "../run.ts";
import type { Convergence } from "./converge.ts";
import type { NodeInputs } from "./inputs.ts";
import { step } from "./prepare.ts";
import { RestartsStopped } from "./restarts.ts";

/** A tool that stops a machine and starts it again. */
const toolMs = 180_000;
/** For whatever starts with the system. */
const bootSeconds = 90;

interface Rebooting {
  inputs: NodeInputs;
  /** Nobody depends on the node yet: it needs no turn. */
  isNew: boolean;
  /** Milliseconds since the epoch; the time of reboots is not counted. */
  until: number;
}

/**
 * Runs a step of a node to its end, through the reboots that it asks for: the node itself refuses a step that asks again
 * right after its reboot. Returns until when the node's other work has time.
 */
export async function throughReboots(
  shared: Convergence,
  link: NodeLink,
  { inputs, isNew, until }: Rebooting,
  work: (until: number) => Promise<StepResult>,
): Promise<number> {
  for (let left = until; ; ) {
    const { reboot: why } = await work(left);
    if (why === undefined) return left;
    const asked = Date.now();
    const once = () => reboot(shared.run, link, inputs, why);
    const { roles, view } = link.node;
    try {
      if (isNew) await once();
      else await shared.restarts.node({ isMaster: roles.includes("master"), daemons: view.node.daemons }, once);
    } catch (error) {
      if (!(error instanceof RestartsStopped)) throw error;
      throw new NodeFailure("unfinished", "own", `${why} wants a reboot: ${error.message}`);
    }
    left += Date.now() - asked;
  }
}

/** Reboots a node, waits until it answers as another boot of itself, and until the daemons that ran do so again. */
async function reboot(run: Run, link: NodeLink, inputs: NodeInputs, why: string): Promise<void> {
  const { job, log } = run;
  const { name, ssh } = link.node;
  const machineMs = 1000 * job.deadlines.machine;
  // Cut off in the middle of it, a node might show another key than the one it was first met with.
  await link.enrol(Date.now() + machineMs);
  const before = await link.connect(Date.now() + machineMs);
  log.event("own", "progress", `reboots for ${why}`, name);
  if (ssh.reboot === undefined) {
    const request = { op: "reboot", args: { boot: before.boot }, timeoutMs: 30_000 };
    await link.request(() => request, Date.now() + 60_000);
  } else {
    const ended = await runChild(ssh.reboot, toolMs);
    const said = ended.timedOut ? `not within ${toolMs / 1000} s` : ended.stderr.trim().split("\n").at(-1);
    if (ended.code !== 0) throw new NodeFailure("failed", "own", `${why} wants a reboot, which failed: ${said ?? ""}`);
  }
  await rebooted(run, link, before, why);
  log.event("own", "progress", "rebooted", name);
  await runOnNode(link, { argv: ["systemctl", "is-system-running", "--wait"], seconds: bootSeconds });
  const ran = Object.keys(before.daemons).filter((daemon) => before.daemons[daemon] === "active");
  const until = Date.now() + 1000 * job.deadlines.converge;
  if (ran.length > 0) await step(run, link, "activate", ["--only", ran.join(","), "--ready"], inputs, until);
}

async function rebooted(run: Run, link: NodeLink, before: Hello, why: string): Promise<void> {
  const seconds = run.job.deadlines.machine;
  const until = Date.now() + 1000 * seconds;
  for (;;) {
    link.close();
    const { boot } = await link.connect(until);
    if (boot !== before.boot) return;
    if (Date.now() > until)
      throw new NodeFailure("failed", "own", `${why} wants a reboot: it did not happen within ${seconds} s`);
    await pause(500, undefined, { signal: run.signal });
  }
}
