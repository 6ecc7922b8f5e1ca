import type { LeaveStep } from "../contract/job.ts";
import type { Member } from "../contract/node-view.ts";
import { z } from "zod";
import { bundlePath, runOnNode } from "./node/ask.ts";
import type { Hello } from "./node/hello.ts";
import { linkOf, type Run } from "./run.ts";

const leaveOutput = z.object({ left: z.array(z.string()), refused: z.string().nullable() });

export interface LeaveOptions {
  /** Nodes of the last job that are not in this one; `undefined` when no journal tells. */
  leavers: string[] | undefined;
  /** Services whose store was ever formatted. */
  formatted: readonly string[];
  /** Whether, as far as known by now, nothing of this cluster was ever configured. */
  isNew: () => boolean;
  /** How long to wait for a node that could do it. Milliseconds. */
  answerMs: number;
}

export interface LeaveOutcome {
  /** Each once, whatever it was a member of. */
  left: string[];
  /** Steps that none of their nodes could run yet, because none is configured: to be done after converge. */
  postponed: LeaveStep[];
}

/**
 * Lets members leave their services, before their machines go. The services themselves say who is a member; this says
 * who is wanted. All services at once: containers end while blocks move, and a refusal is heard before either is done.
 * Throws when a service refuses, or when somebody is to leave and nobody can be asked.
 */
export async function leave(run: Run, steps: readonly LeaveStep[], options: LeaveOptions): Promise<LeaveOutcome> {
  const outcomes = await Promise.all(steps.map((step) => leaveOnce(run, step, options)));
  return {
    left: [...new Set(outcomes.flatMap(({ left }) => left))],
    postponed: outcomes.flatMap(({ postponed }) => postponed),
  };
}

async function leaveOnce(run: Run, step: LeaveStep, options: LeaveOptions): Promise<LeaveOutcome> {
  const chosen = await firstConfigured(run, step, options);
  if (chosen.node !== undefined) return { left: await leaveService(run, step, chosen.node, options), postponed: [] };
  if (chosen.answered || options.isNew()) return { left: [], postponed: [step] };
  if (options.leavers === undefined || options.leavers.length > 0)
    throw new Error(nobodyToAsk(step, options, chosen.reason));
  const nobody = `nobody leaves and ${step.on.join(", ")} does not answer`;
  run.log.event("leave", "progress", `${step.service}: skipped, ${nobody}`);
  return { left: [], postponed: [] };
}

async function firstConfigured(run: Run, step: LeaveStep, options: LeaveOptions) {
  let answered = false;
  let reason = "";
  for (const name of step.on) {
    try {
      const hello: Hello = await linkOf(run, name).connect(Date.now() + options.answerMs);
      answered = true;
      if (hello.applied !== null) return { node: name, answered, reason };
    } catch (error) {
      run.signal.throwIfAborted();
      reason = (error as Error).message;
    }
  }
  return { node: undefined, answered, reason };
}

async function leaveService(run: Run, step: LeaveStep, node: string, options: LeaveOptions): Promise<string[]> {
  const wanted: Member[] = run.job.nodes.map(({ view }) => {
    const { name, fqdn, address, pool, roles, daemons } = view.node;
    return { name, fqdn, address, pool, roles, daemons };
  });
  const link = linkOf(run, node);
  const seconds = Math.min(step.timeoutSeconds, run.job.deadlines.leave);
  const asked = await runOnNode(link, {
    argv: [`${bundlePath}/bin/leave`, ...step.run],
    input: JSON.stringify({ wanted, formatted: options.formatted.includes(step.service) }),
    seconds,
    onStderrLine: (line) => run.log.event("leave", "progress", line, node),
  });
  run.log.detail(node, `leave ${step.run.join(" ")}: exit ${asked.code}\n${asked.stderr}${asked.stdout}`);
  if (asked.timedOut)
    throw new Error(`${step.service}: leaving took longer than ${seconds} s (asked ${node}); the machines stay`);
  const output = leaveOutput.safeParse(lastJson(asked.stdout));
  if (!output.success || (asked.code !== 0 && output.data.refused === null)) {
    const last = asked.stderr.trim().split("\n").at(-1) || "no reason given";
    throw new Error(`${step.service}: leaving failed on ${node} (exit ${asked.code}): ${last}; the machines stay`);
  }
  if (output.data.refused !== null) throw new Error(`${output.data.refused}; the machines stay`);
  if (output.data.left.length > 0)
    run.log.event("leave", "done", `${step.service}: ${output.data.left.join(", ")} left`);
  return output.data.left;
}

function nobodyToAsk(step: LeaveStep, options: LeaveOptions, reason: string): string {
  const who = options.leavers === undefined ? "whoever left the plan" : options.leavers.join(", ");
  return `${step.service}: ${who} cannot leave, because ${step.on.join(", ")} cannot be asked (${reason}); the machines stay`;
}

/** The last line that is JSON. */
export function lastJson(text: string): unknown {
  try {
    return JSON.parse(text.trim().split("\n").at(-1) ?? "");
  } catch {
    return undefined;
  }
}
