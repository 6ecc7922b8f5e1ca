import type { NodePlan } from "./cluster-plan.ts";
import type {
  AnyService,
  DaemonDefinition,
  MetricsPage,
  PlannedDaemon,
  ServiceContext,
  ServiceRegistry,
} from "./service.ts";
import type { ClusterSpec, RoleTag } from "./spec.ts";

/** One service of a cluster with what it may look at. */
export interface PlannedService {
  definition: AnyService;
  context: ServiceContext<never>;
}

/** The cluster's services in the registry's order, each with its context. */
export function plannedServices(
  spec: ClusterSpec,
  subnet: string,
  nodes: readonly NodePlan[],
  registry: ServiceRegistry,
): PlannedService[] {
  const wanted: Record<string, Record<string, unknown> | undefined> = spec.services;
  const byDaemon = groupBy(nodes, (node) => node.daemons);
  const byRole = groupBy(nodes, (node) => node.roles);
  const shared = {
    spec,
    subnet,
    nodes,
    nodesWith: (daemon: string) => byDaemon.get(daemon) ?? [],
    nodesOf: (role: RoleTag) => byRole.get(role) ?? [],
    theNodeWith: (daemon: string) => {
      const node = byDaemon.get(daemon)?.[0];
      if (node === undefined) throw new Error(`no node of ${spec.name} has the daemon ${daemon}`);
      return node;
    },
    optionsOf: (service: string) => wanted[service],
    metricsPages: () => planned.flatMap(({ definition }) => metricsPages(definition, spec, byDaemon)),
    hdfsDirectories: () => planned.flatMap(({ definition, context }) => definition.hdfsDirectories?.(context) ?? []),
  };
  const planned: PlannedService[] = Object.entries(registry).flatMap(([name, definition]) => {
    const options = wanted[name];
    // The options went through this very service's schema; the registry cannot say so in its type.
    return options === undefined ? [] : [{ definition, context: { ...shared, options: options as never } }];
  });
  return planned;
}

function metricsPages(
  definition: AnyService,
  spec: ClusterSpec,
  nodesWith: ReadonlyMap<string, NodePlan[]>,
): MetricsPage[] {
  return daemonsIn(definition, spec).flatMap(([name, { ports, metrics }]) => {
    if (metrics === undefined) return [];
    const { job = name, path, relabel = [] } = metrics;
    const port = ports[metrics.port];
    if (port === undefined) throw new Error(`${name} of ${definition.name} has no port ${metrics.port}`);
    return [{ job, port, path, relabel, nodes: nodesWith.get(name) ?? [] }];
  });
}

/** The daemons that a service has in a cluster. */
export function daemonsIn({ name, daemons }: AnyService, spec: ClusterSpec): [name: string, PlannedDaemon][] {
  const wanted: Record<string, Record<string, unknown> | undefined> = spec.services;
  // As above: the service's own schema made them.
  const options = wanted[name] as never;
  return Object.entries(daemons)
    .filter(([, daemon]) => daemon.when?.(spec.services) ?? true)
    .map(([daemon, { on, heap, ...rest }]) => [
      daemon,
      { ...rest, on: placeOf(on, spec), heap: (size) => heap(size, options) },
    ]);
}

/** Of several role tags the first that any pool has, else the last. */
function placeOf(on: DaemonDefinition["on"], { pools }: ClusterSpec): RoleTag | "all" {
  if (typeof on === "string") return on;
  return on.find((tag) => pools.some(({ roles }) => roles.includes(tag))) ?? on.at(-1) ?? on[0];
}

/** Whether a service's roles apply to a node: it carries one of its daemons, or gets its tools. */
export function concerns(definition: AnyService, node: Pick<NodePlan, "daemons" | "roles">): boolean {
  const { daemons, toolsOn } = definition;
  return (
    node.daemons.some((daemon) => daemon in daemons) ||
    toolsOn === "all" ||
    node.roles.some((role) => toolsOn.includes(role))
  );
}

function groupBy(nodes: readonly NodePlan[], keysOf: (node: NodePlan) => string[]): Map<string, NodePlan[]> {
  const groups = new Map<string, NodePlan[]>();
  for (const node of nodes) {
    for (const key of keysOf(node)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [node]);
      else group.push(node);
    }
  }
  return groups;
}
