import type { FirewallAccept } from "../contract/node-view.ts";
import type { FirewallRule, NodePlan } from "./cluster-plan.ts";
import { daemonsIn } from "./service-context.ts";
import type { PlannedService } from "./service-context.ts";

/** Every rule of a cluster: what machines need to be one, then each daemon's ports, the services' own, and the user's. */
export function firewallRules(
  services: readonly PlannedService[],
  opened: readonly FirewallRule[] = [],
): FirewallRule[] {
  const daemons = services.flatMap(({ definition, context }) =>
    daemonsIn(definition, context.spec).flatMap(([name, { on, ports, udpPorts = {} }]) => {
      const to = on === "all" ? on : [on];
      const open = (protocol: "tcp" | "udp", named: Record<string, number>) =>
        Object.entries(named).map(([purpose, port]) =>
          rule(`${definition.name} ${name} ${purpose}`, to, protocol, port, "cluster"),
        );
      return [...open("tcp", ports), ...open("udp", udpPorts)];
    }),
  );
  const extra = services.flatMap(({ definition, context }) => definition.extraRules?.(context) ?? []);
  return [
    rule("ssh from operator", "all", "tcp", 22, "operator"),
    rule("ssh", "all", "tcp", 22, "cluster"),
    rule("dns", ["master"], "udp", 53, "cluster"),
    rule("dns over tcp", ["master"], "tcp", 53, "cluster"),
    rule("ntp", ["master"], "udp", 123, "cluster"),
    ...daemons,
    ...extra,
    ...opened,
  ];
}

/** Where packets come from, as CIDRs. */
export interface Sources {
  /** The cluster's own network, and whoever else counts as being in it. */
  cluster: readonly string[];
  /** The operator's packets as hosts see them: judged by `operator` rules alone, wherever they seem to come from. */
  operator: readonly string[];
  /** Networks that may do what the operator may; whatever else their machines may, the cluster's own perhaps, they still may. */
  admin: readonly string[];
}

/** What a node's own firewall accepts, by the same rules; `operator` rules once for each of the operator's networks. */
export function acceptsOf(
  rules: readonly FirewallRule[],
  node: Pick<NodePlan, "roles">,
  sources: Sources,
): { operator: FirewallAccept[]; accept: FirewallAccept[] } {
  const operator: FirewallAccept[] = [];
  const accept: FirewallAccept[] = [];
  for (const { name, to, protocol, ports, source } of rules) {
    if (to !== "all" && !node.roles.some((role) => to.includes(role))) continue;
    const from = (cidr: string): FirewallAccept => ({ name, protocol, ports, source: cidr });
    if (source === "operator") {
      operator.push(...sources.operator.map(from));
      accept.push(...sources.admin.map(from));
    } else accept.push(...(source === "cluster" ? sources.cluster : [source]).map(from));
  }
  return { operator, accept };
}

/**
 * TCP ports that must be closed on a node: those that the cluster uses elsewhere, and some that hosts are often found
 * to have open.
 */
export function closedPorts(rules: readonly FirewallRule[], node: Pick<NodePlan, "roles">): number[] {
  const open = acceptsOf(rules, node, { cluster: ["0.0.0.0/0"], operator: [], admin: [] }).accept.filter(
    ({ protocol }) => protocol === "tcp",
  );
  const used = rules
    .filter(({ protocol, ports }) => protocol === "tcp" && ports[0] === ports[1])
    .map(({ ports }) => ports[0]);
  const isOpen = (port: number) => open.some(({ ports: [first, last] }) => first <= port && port <= last);
  return [...new Set([...used, ...OFTEN_OPEN])].filter((port) => !isOpen(port)).sort((a, b) => a - b);
}

/** telnet, rpcbind, LLMNR, X11's first display. */
const OFTEN_OPEN = [23, 111, 5355, 6000];

function rule(
  name: string,
  to: FirewallRule["to"],
  protocol: "tcp" | "udp",
  port: number,
  source: string,
): FirewallRule {
  return { name, to, protocol, ports: [port, port], source };
}
