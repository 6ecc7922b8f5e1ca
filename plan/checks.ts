import type { Check } from "../contract/job.ts";
import type { FirewallRule, NodePlan } from "./cluster-plan.ts";
import { closedPorts } from "./firewall.ts";
import { isPlain } from "./kinds.ts";
import { isMeant } from "./places.ts";
import type { PlannedService } from "./service-context.ts";
import type { ClusterSpec, Expectation } from "./spec.ts";

/** An argument of a command may be at most 128 KiB on Linux; this many members stay well below. */
const MEMBERS_PER_CHECK = 500;

/** Every check of a cluster: of its hosts, of its services, and its user's own. */
export function clusterChecks(
  spec: ClusterSpec,
  nodes: readonly NodePlan[],
  rules: readonly FirewallRule[],
  services: readonly PlannedService[],
): Check[] {
  const structural = [...nameChecks(nodes), clockCheck(nodes), ...firewallChecks(nodes, rules)];
  const sameness = isPlain(spec.kind) ? samenessChecks(nodes) : [];
  const ofServices = services.flatMap(({ definition, context }) => definition.checks(context));
  const after = ofServices.filter((check) => check.required).map((check) => check.name);
  const own = spec.verification.expectations.map((wanted) => expectationCheck(wanted, nodes, after));
  return [...structural, ...sameness, ...ofServices, ...own];
}

/** Each node resolves itself and the masters, both ways; the masters resolve everybody. */
function nameChecks(nodes: readonly NodePlan[]): Check[] {
  const masters = nodes.filter((node) => node.roles.includes("master"));
  const parts = Math.ceil(nodes.length / MEMBERS_PER_CHECK);
  const everybody = Array.from({ length: parts }, (_, part) => {
    const members = nodes.slice(part * MEMBERS_PER_CHECK, (part + 1) * MEMBERS_PER_CHECK);
    const name = `base: names of all nodes${parts === 1 ? "" : ` (${part + 1} of ${parts})`}`;
    return baseCheck(name, masters, "names", pairs(members));
  });
  return [baseCheck("base: names of itself and the masters", nodes, "names", pairs(masters)), ...everybody];
}

const pairs = (nodes: readonly NodePlan[]): [fqdn: string, address: string][] =>
  nodes.map((node) => [node.fqdn, node.address]);

function clockCheck(nodes: readonly NodePlan[]): Check {
  const masters = nodes.filter((node) => node.roles.includes("master"));
  return baseCheck(
    "base: clock",
    nodes,
    "clock",
    masters.map((node) => node.address),
  );
}

/** One check for all nodes with the same roles, because rules are by role. */
function firewallChecks(nodes: readonly NodePlan[], rules: readonly FirewallRule[]): Check[] {
  const alike = Map.groupBy(nodes, (node) => node.roles.join(" and "));
  return [...alike].flatMap(([roles, group]) =>
    group[0] === undefined
      ? []
      : [
          baseCheck(
            `base: firewall of ${roles || "nodes without a role"}`,
            group,
            "firewall",
            closedPorts(rules, group[0]),
          ),
        ],
  );
}

/** Plain pools are of equal machines: what differs is told, and is no reason to refuse what works. */
function samenessChecks(nodes: readonly NodePlan[]): Check[] {
  const pools = Map.groupBy(nodes, (node) => node.pool);
  return [...pools]
    .filter(([, members]) => members.length > 1)
    .map(([pool, members]) => ({
      ...baseCheck(`pool ${pool}: machines are the same`, members, "sameness", []),
      mode: "alike",
      required: false,
    }));
}

function baseCheck(name: string, on: readonly NodePlan[], script: string, argument: unknown): Check {
  return {
    name,
    service: "base",
    on: on.map((node) => node.name),
    mode: "each",
    run: [`base/${script}`, JSON.stringify(argument)],
    timeoutSeconds: 60,
    required: true,
  };
}

function expectationCheck(wanted: Expectation, nodes: readonly NodePlan[], after: string[]): Check {
  const { name, command, user, text, matches, exitCode, on } = wanted;
  const where = nodes.filter((node) => isMeant(on, node));
  return {
    name: `expected: ${name}`,
    service: "base",
    on: where.map((node) => node.name),
    mode: "each",
    run: ["base/expectation"],
    input: JSON.stringify({ command, user, text, matches, exitCode }),
    timeoutSeconds: wanted.timeoutSeconds,
    after,
    required: wanted.required,
  };
}
