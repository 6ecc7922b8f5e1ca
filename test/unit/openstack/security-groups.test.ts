import assert from "node:assert/strict";
import fc from "fast-check";
import { groupsOf, securityGroups } from "../../../components/clouds/openstack/security-groups.ts";
import { outsideOf } from "../../../components/clouds/openstack/outside.ts";
import { acceptsOf } from "../../../plan/firewall.ts";
import type { ClusterPlan, FirewallRule, NodePlan } from "../../../plan/cluster-plan.ts";
import { fakePlan } from "../plan/fixtures.ts";

const plan = fakePlan("dev", { subnet: "10.5.0.0/20", pools: { master: 1, worker: 2 } });
const outside = outsideOf(plan, { floatingIps: {} });
const rule = (
  name: string,
  to: FirewallRule["to"],
  ports: [number, number],
  other: Partial<FirewallRule> = {},
): FirewallRule => ({
  ...{ name, to, protocol: "tcp", ports, source: "cluster" },
  ...other,
});
const withRules = (firewall: FirewallRule[], adminNetworks: string[] = []): ClusterPlan => ({
  ...plan,
  firewall,
  spec: { ...plan.spec, adminNetworks },
});

describe("security groups", () => {
  it("join ports that touch, for the same role, protocol and source, and say what for", () => {
    const rules = [
      rule("web", ["worker"], [80, 81]),
      rule("more", ["worker"], [82, 90]),
      rule("far", ["worker"], [100, 100]),
      rule("udp", ["worker"], [82, 90], { protocol: "udp" }),
      rule("nfs", ["worker"], [2049, 2049], { source: "192.0.2.7/24" }),
      rule("ssh from operator", "all", [22, 22], { source: "operator" }),
    ];
    const groups = securityGroups(withRules(rules, ["203.0.113.9/24", "198.51.100.0/24"]), outside);
    assert.deepEqual(
      groups.map(({ key, rules: own }) => [key, ...own.map((one) => `${one.key} (${one.purpose})`)]),
      [
        ["all", "out (everything out)", "icmp (ping and path MTU)"],
        [
          "worker",
          "tcp-80-90-from-10.5.0.0-20 (web, more)",
          "tcp-100-100-from-10.5.0.0-20 (far)",
          "tcp-2049-2049-from-192.0.2.0-24 (nfs)",
          "udp-82-90-from-10.5.0.0-20 (udp)",
        ],
        [
          "entry",
          "tcp-22-22-from-198.51.100.0-24 (ssh from operator)",
          "tcp-22-22-from-203.0.113.0-24 (ssh from operator)",
        ],
      ],
    );
  });

  it("let the operator in at every node where none has an address outside", () => {
    const none = outsideOf(plan, { floatingIps: "none" });
    const groups = securityGroups(withRules(plan.firewall, ["203.0.113.0/24"]), none);
    for (const node of plan.nodes) assert.ok(groupsOf(groups, none, node).includes("entry"), node.name);
  });

  interface Opening {
    protocol?: string;
    ports?: [number, number];
  }

  /** What a node's groups let in. */
  const openings = (given: ClusterPlan, node: NodePlan): Opening[] => {
    const groups = securityGroups(given, outside);
    const own = groupsOf(groups, outside, node);
    return groups.filter(({ key }) => own.includes(key)).flatMap(({ rules }) => rules);
  };

  /** Every port that is open, one by one. */
  const portsIn = (rules: readonly Opening[], wanted: string): number[] => {
    const open = rules.flatMap(({ protocol, ports }) => {
      if (protocol !== wanted || ports === undefined) return [];
      return Array.from({ length: ports[1] - ports[0] + 1 }, (_, at) => ports[0] + at);
    });
    return [...new Set(open)].sort((a, b) => a - b);
  };

  it("open exactly what the nodes' own firewall opens", () => {
    const port = fc.integer({ min: 1, max: 60 });
    const anyRule = fc.record({
      name: fc.constantFrom("a", "b", "c"),
      to: fc.constantFrom<FirewallRule["to"]>("all", ["master"], ["worker"], ["master", "worker"]),
      protocol: fc.constantFrom<"tcp" | "udp">("tcp", "udp"),
      ports: fc.tuple(port, port).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]),
      source: fc.constant("cluster"),
    });
    fc.assert(
      fc.property(fc.array(anyRule, { maxLength: 12 }), (rules) => {
        const given = withRules(rules);
        for (const node of plan.nodes) {
          const { accept } = acceptsOf(rules, node, { cluster: ["10.5.0.0/20"], operator: [], admin: [] });
          const own = openings(given, node);
          for (const protocol of ["tcp", "udp"]) {
            assert.deepEqual(portsIn(own, protocol), portsIn(accept, protocol));
          }
        }
      }),
    );
  });
});

describe("addresses outside", () => {
  const many = fakePlan("dev", { pools: { master: 3, worker: 3, client: { count: 1 } } });
  const of = (floatingIps: Parameters<typeof outsideOf>[1]["floatingIps"]) => {
    const { public: own, bastions } = outsideOf(many, { floatingIps });
    return [[...own.keys()].map((name) => name.slice(4)), bastions.map((name) => name.slice(4))];
  };

  it("are for the first two masters unless said otherwise", () => {
    assert.deepEqual(of({}), [
      ["master-1", "master-2"],
      ["master-1", "master-2"],
    ]);
  });

  it("and groups of plain pools: the first machine is the way in and serves names, the others are in the one for all", () => {
    const open = [{ ports: 80, from: "10.0.0.0/8" }];
    const web = fakePlan("web", { kind: "pool", pools: { node: 3 }, adminNetworks: ["192.0.2.0/24"], open });
    const way = outsideOf(web, { floatingIps: {} });
    assert.deepEqual([[...way.public.keys()], way.bastions], [["web-node-1"], ["web-node-1"]]);
    const groups = securityGroups(web, way);
    assert.deepEqual(
      web.nodes.map((node) => groupsOf(groups, way, node)),
      [["all", "master", "entry"], ["all"], ["all"]],
    );
    const all = groups.find(({ key }) => key === "all")?.rules.map(({ ports, peer }) => `${ports?.[0]} ${peer}`);
    assert.ok(all?.includes("80 10.0.0.0/8"), String(all));
  });

  it("follow each pool's policy, and people go in by masters first", () => {
    assert.deepEqual(of({ client: "all" }), [
      ["master-1", "master-2", "client-1"],
      ["master-1", "master-2"],
    ]);
    assert.deepEqual(of({ master: "none", worker: "bastions" }), [
      ["worker-1", "worker-2"],
      ["worker-1", "worker-2"],
    ]);
    assert.deepEqual(of({ master: ["192.0.2.1"], client: ["192.0.2.2"] }), [
      ["master-1", "client-1"],
      ["master-1", "client-1"],
    ]);
    assert.deepEqual(of("none"), [[], []]);
  });
});
