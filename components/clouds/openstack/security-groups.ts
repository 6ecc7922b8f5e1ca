import { canonicalSubnet } from "../../../plan/addressing.ts";
import type { ClusterPlan, FirewallRule, NodePlan } from "../../../plan/cluster-plan.ts";
import type { RoleTag } from "../../../plan/spec.ts";
import type { Outside } from "./outside.ts";

/** One security group: rules that open; everything else is closed. */
export interface GroupPlan {
  /** `all`, a role tag, `entry` or `entry-` and a role tag. */
  key: string;
  rules: GroupRule[];
}

export interface GroupRule {
  /** Stable: a part of the resource's name. */
  key: string;
  direction: "ingress" | "egress";
  /** Without one: every protocol. */
  protocol?: "tcp" | "udp" | "icmp";
  ports?: [first: number, last: number];
  /** CIDR. */
  peer: string;
  /** Which of the plan's rules it stands for. */
  purpose: string;
}

const ANYWHERE = "0.0.0.0/0";

/**
 * The plan's firewall as security groups: one for all nodes, one for each role that has ports of its own, and `entry`
 * with what is open to the operator; one more for each role where that is more. Sources are networks, never groups: a rule by group costs every member an update
 * whenever one comes or goes.
 */
export function securityGroups(plan: ClusterPlan, outside: Outside): GroupPlan[] {
  const { subnet } = plan.network;
  const { adminNetworks } = plan.spec;
  const roles = [...new Set(plan.nodes.flatMap((node) => node.roles))].sort();
  const inside = plan.firewall.filter(({ source }) => source !== "operator");
  const operator = plan.firewall.filter(({ source }) => source === "operator");
  const peerOf = ({ source }: FirewallRule): string => (source === "cluster" ? subnet : canonicalSubnet(source));
  const open = (rules: readonly FirewallRule[]): GroupRule[] =>
    merged(rules.map((rule) => ({ rule, peer: peerOf(rule) })));
  const all: GroupPlan = {
    key: "all",
    rules: [
      { key: "out", direction: "egress", peer: ANYWHERE, purpose: "everything out" },
      { key: "icmp", direction: "ingress", protocol: "icmp", peer: subnet, purpose: "ping and path MTU" },
      ...open(inside.filter(({ to }) => to === "all")),
    ],
  };
  const byRole = roles.map((role) => ({
    key: role,
    rules: open(inside.filter(({ to }) => to !== "all" && to.includes(role))),
  }));
  const letIn = (key: string, rules: readonly FirewallRule[]): GroupPlan => ({
    key,
    rules: merged(rules.flatMap((rule) => adminNetworks.map((peer) => ({ rule, peer: canonicalSubnet(peer) })))),
  });
  const entries = [
    letIn(
      ENTRY,
      operator.filter(({ to }) => to === "all"),
    ),
    ...roles.map((role) =>
      letIn(
        entryOf(role),
        operator.filter(({ to }) => to !== "all" && to.includes(role)),
      ),
    ),
  ];
  const used = new Set(plan.nodes.flatMap((node) => keysOf(outside, node)));
  return [all, ...byRole, ...entries].filter(({ key, rules }) => rules.length > 0 && used.has(key));
}

const ENTRY = "entry";
const entryOf = (role: RoleTag): string => `${ENTRY}-${role}`;

/** Every group that a node would be in, whether there is such a one or not. */
const keysOf = (outside: Outside, { name, roles }: NodePlan): string[] => {
  // The operator's packets arrive at the nodes with an address outside; at all where there is no such.
  const isEntry = outside.public.size === 0 || outside.public.has(name);
  return ["all", ...roles, ...(isEntry ? [ENTRY, ...roles.map(entryOf)] : [])];
};

/** Keys of the groups that a node is in. */
export function groupsOf(groups: readonly GroupPlan[], outside: Outside, node: NodePlan): string[] {
  const own = new Set(keysOf(outside, node));
  return groups.map(({ key }) => key).filter((key) => own.has(key));
}

interface Opening {
  rule: { protocol: "tcp" | "udp"; ports: [number, number]; name: string; to: RoleTag[] | "all" };
  peer: string;
}

/** Rules for the same protocol and peer whose ports touch become one: quotas count rules. */
function merged(openings: readonly Opening[]): GroupRule[] {
  const sorted = [...openings].sort((a, b) => compare(sortKey(a), sortKey(b)) || a.rule.ports[0] - b.rule.ports[0]);
  const rules: (GroupRule & { ports: [number, number] })[] = [];
  for (const { rule, peer } of sorted) {
    const last = rules.at(-1);
    const [from, to] = rule.ports;
    if (last !== undefined && last.protocol === rule.protocol && last.peer === peer && from <= last.ports[1] + 1) {
      last.ports = [last.ports[0], Math.max(last.ports[1], to)];
      if (!last.purpose.split(", ").includes(rule.name)) last.purpose = `${last.purpose}, ${rule.name}`;
    } else {
      rules.push({
        key: "",
        direction: "ingress",
        protocol: rule.protocol,
        ports: [from, to],
        peer,
        purpose: rule.name,
      });
    }
  }
  return rules.map((rule) => ({
    ...rule,
    key: `${rule.protocol}-${rule.ports.join("-")}-from-${rule.peer.replace("/", "-")}`,
  }));
}

const sortKey = ({ rule, peer }: Opening): string => `${rule.protocol} ${peer}`;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
