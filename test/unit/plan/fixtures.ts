import assert from "node:assert/strict";
import { specFromArgs } from "../../../plan/config/read.ts";
import type { ClusterConfigInput } from "../../../plan/config/cluster-schema.ts";
import type { ClusterPlan } from "../../../plan/cluster-plan.ts";
import type { JobExtras } from "../../../plan/job.ts";
import type { Mistake } from "../../../plan/mistake.ts";
import { UserMistakes } from "../../../plan/mistake.ts";
import { planCluster } from "../../../plan/plan-cluster.ts";
import type { ClusterSpec } from "../../../plan/spec.ts";
import { fakes } from "./fake-services.ts";

/** Arguments as tests write them; services' options are those of the fakes. */
export type FakeArgs = Omit<ClusterConfigInput, "name" | "services"> & { services?: unknown };

export const whereabouts = { project: "muster", stack: "dev", cloud: "local" };

/** Spec of a cluster with the fake services. */
export const fakeSpec = (name: string, args: FakeArgs = {}): ClusterSpec =>
  specFromArgs(name, args as Omit<ClusterConfigInput, "name">, { registry: fakes });

/** Plan of a cluster with the fake services. */
export const fakePlan = (name: string, args: FakeArgs = {}): ClusterPlan =>
  planCluster(fakeSpec(name, args), whereabouts, fakes);

export const jobExtras = (plan: ClusterPlan): JobExtras => ({
  formatted: [],
  operatorSources: ["10.0.0.1/32"],
  generations: {},
  bundle: "b0",
  sshTargets: Object.fromEntries(
    plan.nodes.map((node) => [
      node.name,
      { address: node.address, port: 22, user: "muster", hostKey: { kind: "derived" as const } },
    ]),
  ),
});

/** Every mistake that an action is refused with; it fails if the action succeeds. */
export function mistakesOf(action: () => unknown): readonly Mistake[] {
  try {
    action();
  } catch (error) {
    assert.ok(
      error instanceof UserMistakes,
      `not a user's mistake: ${error instanceof Error ? error.stack : String(error)}`,
    );
    return error.mistakes;
  }
  return assert.fail("nothing was refused");
}

/** The one mistake that an action is refused with. */
export function mistakeOf(action: () => unknown): Mistake {
  const mistakes = mistakesOf(action);
  assert.equal(mistakes.length, 1, JSON.stringify(mistakes, null, 1));
  return mistakes[0] as Mistake;
}
