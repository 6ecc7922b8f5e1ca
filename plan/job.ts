import type { Job, SshTarget } from "../contract/job.ts";
import type { ClusterPlan } from "./cluster-plan.ts";
import { contentHash } from "../contract/canonical-json.ts";
import { viewer } from "./node-view.ts";
import type { ViewExtras } from "./node-view.ts";
import type { ServiceRegistry } from "./service.ts";
import { services as allServices } from "./services/index.ts";

/** What a job holds beyond the plan. */
export interface JobExtras extends ViewExtras {
  /** Wanted generation by node name; 1 for nodes that are not in it. */
  generations: Readonly<Record<string, number>>;
  /** Content hash of roles and Ansible kit. */
  bundle: string;
  /** How the runner reaches each node, by node name. */
  sshTargets: Readonly<Record<string, SshTarget>>;
}

/** Everything one run of `Ready` has to bring about. Pure: equal wishes give equal jobs. */
export function jobOf(plan: ClusterPlan, extras: JobExtras, registry: ServiceRegistry = allServices): Job {
  const view = viewer(plan, extras, registry);
  return {
    format: 1,
    cluster: plan.ref,
    nodes: plan.nodes.map((node) => {
      const ssh = extras.sshTargets[node.name];
      if (ssh === undefined) throw new Error(`the cloud told no SSH address for ${node.name}`);
      const { name, pool, ordinal, roles } = node;
      return { name, pool, ordinal, roles, generation: extras.generations[name] ?? 1, ssh, view: view(node) };
    }),
    pools: plan.pools,
    bundle: extras.bundle,
    artifacts: plan.artifacts,
    leave: plan.leave,
    maxUnavailable: plan.spec.maxUnavailable,
    checks: plan.checks,
    endpoints: plan.endpoints,
    ...(plan.tunnel === undefined ? {} : { tunnel: plan.tunnel }),
    deadlines: plan.deadlines,
  };
}

/** Name of a job: SHA-256 (hex) of its content, whatever the order of keys. */
export const jobSha = (job: Job): string => contentHash(job);
