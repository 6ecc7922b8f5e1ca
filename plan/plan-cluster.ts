import type { Deadlines, JobArtifact } from "../contract/job.ts";
import { defaultSubnet, gatewayOf } from "./addressing.ts";
import { clusterChecks } from "./checks.ts";
import type { ClusterPlan, NodePlan } from "./cluster-plan.ts";
import { firewallRules } from "./firewall.ts";
import type { Mistake } from "./mistake.ts";
import { UserMistakes } from "./mistake.ts";
import { clusterId, comparePools, domainOf } from "./names.ts";
import { draftNodes, planMistakes } from "./refusals.ts";
import type { ServiceRegistry } from "./service.ts";
import { concerns, plannedServices } from "./service-context.ts";
import type { PlannedService } from "./service-context.ts";
import { services as allServices } from "./services/index.ts";
import type { ClusterSpec } from "./spec.ts";

/** Where a cluster belongs. */
export interface Whereabouts {
  project: string;
  stack: string;
  /** The cloud's name. */
  cloud: string;
  /** Config path that mistakes begin with. Default: the cluster's name. */
  path?: string;
}

/** Ansible roles that every node gets first, in order. */
const BASE_ROLES = ["base", "time", "firewall"];

/**
 * The whole cluster from its spec: pure, so equal specs give equal plans.
 * @throws UserMistakes with everything that keeps it from being planned
 */
export function planCluster(
  spec: ClusterSpec,
  where: Whereabouts,
  registry: ServiceRegistry = allServices,
): ClusterPlan {
  const mistakes = planMistakes(spec, registry);
  if (mistakes.length > 0) throw new UserMistakes(prefixed(mistakes, where.path ?? spec.name));

  const subnet = spec.subnet ?? defaultSubnet(where.project, where.stack, spec.name);
  const drafts = draftNodes(spec, subnet, registry);
  const services = plannedServices(spec, subnet, drafts, registry);
  const firewall = firewallRules(services, spec.open);
  const nodes = drafts.map((node) => ({ ...node, apply: rolesOf(node, services) }));
  const [tunnel] = services.flatMap(({ definition, context }) => definition.tunnel?.(context) ?? []);
  const { project, stack, cloud } = where;
  return {
    ref: { id: clusterId(project, stack, spec.name), project, stack, name: spec.name, kind: spec.kind, cloud },
    spec,
    domain: domainOf(spec.name),
    network: { subnet, gateway: gatewayOf(subnet) },
    nodes,
    pools: [...spec.pools].sort(comparePools).map((pool) => ({
      name: pool.name,
      count: pool.count - pool.without.length,
      minReady: pool.minReady,
    })),
    firewall,
    artifacts: uniqueArtifacts(services),
    // Whoever uses a store leaves before the store does: the reverse of the order of configuration.
    leave: services.toReversed().flatMap(({ definition, context }) => definition.leave?.(context) ?? []),
    checks: clusterChecks(spec, nodes, firewall, services),
    endpoints: Object.assign({}, ...services.map(({ definition, context }) => definition.endpoints(context))) as Record<
      string,
      string
    >,
    ...(tunnel === undefined ? {} : { tunnel }),
    credentials: services.flatMap(({ definition, context }) => definition.credentials?.(context) ?? []),
    deadlines: deadlinesOf(spec, nodes.length),
  };
}

/** Mistakes with paths from the config's root instead of the cluster's. */
export const prefixed = (mistakes: readonly Mistake[], prefix: string): Mistake[] =>
  mistakes.map((mistake) => ({ ...mistake, path: `${prefix}.${mistake.path}` }));

function rolesOf(node: NodePlan, services: readonly PlannedService[]): string[] {
  const roles = services.flatMap(({ definition }) => (concerns(definition, node) ? definition.roles : []));
  return [...new Set([...BASE_ROLES, ...roles])];
}

/** Artifacts of some services, each once. */
export function uniqueArtifacts(services: readonly PlannedService[]): JobArtifact[] {
  const artifacts = services.flatMap(({ definition, context }) => definition.artifacts?.(context) ?? []);
  return [...new Map(artifacts.map((artifact) => [artifact.id, artifact])).values()];
}

/** Seconds. Machines of a cloud come a few at a time, so their deadline grows with their number. */
function deadlinesOf(spec: ClusterSpec, nodes: number): Deadlines {
  const { machine = 600 + 2 * nodes, converge } = spec.deadlines;
  const leave = 3600;
  const verify = spec.verification.deadlineSeconds;
  const { total = leave + machine + converge + verify + 300 } = spec.deadlines;
  return { machine, converge, leave, verify, total };
}
