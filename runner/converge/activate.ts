import { bundlePath, runOnNode } from "../node/ask.ts";
import { NodeFailure } from "../node/failure.ts";
import type { NodeLink } from "../node/link.ts";
import type { Convergence } from "./converge.ts";
import type { NodeInputs } from "./inputs.ts";
import { step } from "./prepare.ts";
import { parseActivationPlan, RestartsStopped, type ActivationPlan } from "./restarts.ts";

/** Nothing on the node serves anybody yet: everything at once. */
export async function activateFirst(
  shared: Convergence,
  link: NodeLink,
  inputs: NodeInputs,
  until: number,
): Promise<void> {
  shared.run.log.event("activate", "started", undefined, link.node.name);
  await step(shared.run, link, "activate", [], inputs, until);
}

/** The node is in service: restarts take turns with the other nodes' restarts; reloads and starts need no turn. */
export async function activateChanged(shared: Convergence, link: NodeLink, inputs: NodeInputs): Promise<void> {
  const { run, restarts } = shared;
  const plan = await activationPlan(link);
  run.log.event("activate", "started", describe(plan), link.node.name);
  if (plan.restart.length > 0) {
    const inTurn = () => restartDaemons(shared, link, plan.restart, inputs);
    if (link.node.roles.includes("master")) await restarts.master(inTurn);
    else {
      await restarts.mastersSettled();
      await inTurn();
    }
  }
  await run.atOnce(() => step(run, link, "activate", [], inputs, turnUntil(shared)));
}

/** Waiting for one's turn does not count: the deadline starts with the turn. */
const turnUntil = (shared: Convergence): number => Date.now() + shared.run.job.deadlines.converge * 1000;

async function restartDaemons(shared: Convergence, link: NodeLink, daemons: string[], inputs: NodeInputs) {
  const { run, restarts } = shared;
  for (const daemon of daemons) {
    const restart = async () => void (await step(run, link, "activate", ["--only", daemon], inputs, turnUntil(shared)));
    try {
      // DNS, time and the like are on every node and back at once: only the services' own daemons take turns.
      if (link.node.view.node.daemons.includes(daemon)) await restarts.daemon(daemon, restart);
      else await restart();
    } catch (error) {
      if (!(error instanceof RestartsStopped)) throw error;
      throw new NodeFailure("unfinished", "activate", error.message);
    }
  }
}

async function activationPlan(link: NodeLink): Promise<ActivationPlan> {
  const asked = await runOnNode(link, { argv: [`${bundlePath}/bin/activate`, "--plan"], seconds: 60 });
  if (asked.code !== 0)
    throw new NodeFailure(
      "failed",
      "activate",
      `activate --plan: ${asked.stderr.trim().split("\n").at(-1) || `exit ${asked.code}`}`,
    );
  return parseActivationPlan(asked.stdout);
}

function describe(plan: ActivationPlan): string {
  const parts = (["restart", "reload", "start", "stop"] as const)
    .filter((what) => plan[what].length > 0)
    .map((what) => `${what} ${plan[what].join(" ")}`);
  return parts.join(", ") || "nothing to restart";
}
