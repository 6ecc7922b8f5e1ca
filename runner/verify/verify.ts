import type { CheckResult, RunSummary } from "../../contract/summary.ts";
import { oneLine } from "../record/plain-text.ts";
import type { Run } from "../run.ts";
import { firewallCheck, reachedCheck } from "./built-in.ts";
import { runChecks } from "./checks.ts";
import { judge, type Facts, type Outcome } from "./quorum.ts";

/** Characters: of several checks together. */
const longestReason = 2000;

export interface Verification {
  checks: CheckResult[];
  outcome: Outcome;
}

/** Does the checks that users would do by hand, and says what the cluster is. Changes nothing. */
export async function verify(run: Run): Promise<Verification> {
  const reached = reachedCheck(run);
  run.log.event("verify", reached.ok ? "done" : "failed", `${reached.name}  ${reached.detail}`);
  const first = judge(factsOf(run, [reached]));
  // Without a quorum the rest would only say the same in other words, each after its own deadline.
  if (first.state === "failed") return { checks: [reached], outcome: first };
  const until = Date.now() + run.job.deadlines.verify * 1000;
  const [outside, ofPlan] = await Promise.all([firewallCheck(run), runChecks(run, run.job.checks, until)]);
  run.signal.throwIfAborted();
  run.log.event("verify", outside.ok ? "done" : "failed", `${outside.name}  ${outside.detail}`);
  const checks = [reached, outside, ...ofPlan];
  const outcome = judge(factsOf(run, checks));
  blameMissing(run, checks);
  return { checks, outcome };
}

/** Puts a run's end together; `verifiedAt` is set when the checks passed. */
export function summarize(
  run: Run,
  attempt: number,
  job: string,
  found: Verification,
  more: Pick<RunSummary, "stages" | "left">,
): RunSummary {
  const nodes = run.job.nodes.flatMap((node) => run.results.get(node.name) ?? []);
  const { state, reason } = found.outcome;
  return {
    format: 1,
    job,
    attempt,
    state,
    wanted: run.job.nodes.length,
    done: nodes.filter((node) => node.state === "ready").length,
    nodes,
    checks: found.checks,
    endpoints: run.job.endpoints,
    ...more,
    ...(state === "failed" ? {} : { verifiedAt: new Date().toISOString() }),
    ...(reason === undefined ? {} : { reason: oneLine(reason, longestReason) }),
  };
}

function factsOf(run: Run, checks: CheckResult[]): Facts {
  return { pools: run.job.pools, nodes: run.job.nodes, results: [...run.results.values()], checks };
}

/** A node that a check misses is not ready, although its configuration went well. */
function blameMissing(run: Run, checks: CheckResult[]): void {
  for (const check of checks) {
    if (check.ok || check.required === false) continue;
    for (const name of check.missing ?? []) {
      const result = run.results.get(name);
      if (result?.state !== "ready") continue;
      run.results.set(name, { ...result, state: "failed", stage: "verify", reason: `${check.name}: ${check.detail}` });
    }
  }
}
