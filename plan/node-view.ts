import type { JobNode } from "../contract/job.ts";
import type { Member, OwnStep } from "../contract/node-view.ts";
import type { ClusterPlan, NodePlan } from "./cluster-plan.ts";
import { acceptsOf } from "./firewall.ts";
import { isMeant } from "./places.ts";
import { uniqueArtifacts } from "./plan-cluster.ts";
import type { ServiceRegistry } from "./service.ts";
import { concerns, type PlannedService, plannedServices } from "./service-context.ts";
import { services as allServices } from "./services/index.ts";
import type { StepSpec } from "./spec.ts";
import { userViews } from "./users.ts";

/** What a view holds beyond the plan. */
export interface ViewExtras {
  /** Services whose store was formatted by any earlier run. */
  formatted: readonly string[];
  /** Sources (CIDRs) of the operator's packets as hosts see them. */
  operatorSources: readonly string[];
}

/** What one node gets to know of its cluster; see {@link viewer} for many nodes. */
export function nodeView(
  plan: ClusterPlan,
  node: NodePlan,
  extras: ViewExtras,
  registry: ServiceRegistry = allServices,
): JobNode["view"] {
  return viewer(plan, extras, registry)(node);
}

/** A function from node to view that shares what is the same for all nodes. */
export function viewer(
  plan: ClusterPlan,
  extras: ViewExtras,
  registry: ServiceRegistry = allServices,
): (node: NodePlan) => JobNode["view"] {
  const { spec } = plan;
  const services = plannedServices(spec, plan.network.subnet, plan.nodes, registry);
  const managing = new Set(services.flatMap(({ definition }) => definition.managesMembers));
  const members = plan.nodes.map(memberOf);
  const masters = members.filter((member) => member.roles.includes("master"));
  const users = userViews(spec.users);
  const operatorSources = [...extras.operatorSources];
  const sources = { operator: operatorSources, admin: spec.adminNetworks };
  const { subnet } = plan.network;
  const guest = plan.tunnel === undefined ? [] : [`${plan.tunnel.address}/32`];

  return (node) => {
    const own = services.filter(({ definition }) => concerns(definition, node));
    // Behind the tunnel's node its traffic comes from that node.
    const cluster = [subnet, ...(plan.tunnel?.node === node.name ? guest : [])];
    const manages = node.roles.includes("master") || node.daemons.some((daemon) => managing.has(daemon));
    const credentials = own
      .flatMap(({ definition, context }) => definition.credentials?.(context) ?? [])
      .filter(({ daemon }) => daemon === undefined || node.daemons.includes(daemon));
    const steps = spec.steps.filter(({ on }) => isMeant(on, node)).map(stepView);
    return {
      format: 1,
      cluster: {
        name: spec.name,
        kind: spec.kind,
        domain: plan.domain,
        subnet,
        formatted: [...extras.formatted].sort(),
      },
      node: {
        ...memberOf(node),
        ordinal: node.ordinal,
        groups: [...node.roles, ...node.daemons],
        memory: node.memory,
        cpus: node.size.cpus,
        stateful: node.stateful,
      },
      masters,
      ...(manages ? { members } : {}),
      resolvers: spec.resolvers,
      loginUser: spec.loginUser,
      users,
      firewall: { operatorSources, ...acceptsOf(plan.firewall, node, { ...sources, cluster }) },
      versions: spec.versions,
      artifacts: Object.fromEntries(uniqueArtifacts(own).map(({ name, id }) => [name, id])),
      apply: node.apply,
      secrets: [...new Set(own.flatMap(({ definition }) => secretsOf(definition, node)))].sort(),
      ...(credentials.length === 0 ? {} : { credentials: [...new Set(credentials.map(({ name }) => name))].sort() }),
      services: Object.fromEntries(
        own.map(({ definition, context }) => [definition.name, definition.settings(context, node)]),
      ),
      ...(steps.length === 0 ? {} : { own: steps }),
    };
  };
}

function secretsOf({ secrets = [], daemons }: PlannedService["definition"], node: NodePlan): string[] {
  return [...secrets, ...node.daemons.flatMap((name) => daemons[name]?.secrets ?? [])];
}

/** What a node is told of a step: neither where else it is run, nor its files, which come by their hash. */
function stepView({ on: _on, files: _files, ...step }: StepSpec): OwnStep {
  return step;
}

function memberOf(node: NodePlan): Member {
  const { name, fqdn, address, pool, roles, daemons } = node;
  return { name, fqdn, address, pool, roles, daemons };
}
