import assert from "node:assert/strict";
import { nodeView } from "../../../plan/node-view.ts";
import type { FakeArgs } from "./fixtures.ts";
import { fakePlan, fakeSpec, jobExtras, mistakesOf } from "./fixtures.ts";

const plain = (pools: FakeArgs["pools"], more: FakeArgs = {}): FakeArgs => ({ kind: "pool", pools, ...more });
const rolesOf = (args: FakeArgs) =>
  Object.fromEntries(fakePlan("web", args).nodes.map(({ name, roles }) => [name, roles]));

describe("plain pools", () => {
  it("need no role tags: the first node serves names and time, the others nothing", () => {
    const plan = fakePlan("web", plain({ node: 3 }));
    assert.deepEqual(rolesOf(plain({ node: 3 })), { "web-node-1": ["master"], "web-node-2": [], "web-node-3": [] });
    assert.deepEqual(plan.spec.services, {});
    assert.ok(plan.nodes.every((node) => node.daemons.length === 0 && !node.stateful));
    const view = nodeView(plan, plan.nodes[1] ?? assert.fail(), jobExtras(plan));
    assert.deepEqual(
      view.masters.map(({ name }) => name),
      ["web-node-1"],
    );
    assert.equal(view.members, undefined);
  });

  it("of any number, each with its own size; a pool of role master serves names instead, and who leaves is followed", () => {
    const pools = { a: { count: 2, memory: "2 GiB" }, b: { count: 1, size: "large" as const }, front: 1 };
    assert.deepEqual(
      fakePlan("web", plain(pools)).nodes.map(({ name, size }) => `${name} ${size.memory}`),
      ["web-a-1 2048", "web-a-2 2048", "web-b-1 16384", "web-front-1 1024"],
    );
    const named = rolesOf(plain({ ...pools, front: { count: 1, roles: ["master"] } }));
    assert.deepEqual([named["web-a-1"], named["web-front-1"]], [[], ["master"]]);
    assert.deepEqual(rolesOf(plain({ a: { count: 2, without: [1] } })), { "web-a-2": ["master"] });
  });

  it("keep data where a disk is named, and can carry services all the same", () => {
    const plan = fakePlan("web", plain({ a: { count: 1, disk: "5 GiB" }, b: 1 }));
    assert.deepEqual(
      plan.nodes.map(({ name, stateful, size }) => [name, stateful, size.disk]),
      [
        ["web-a-1", true, 5],
        ["web-b-1", false, 10],
      ],
    );
    const pools = { master: { count: 1, roles: ["master", "worker"] as ("master" | "worker")[] }, plain: 1 };
    const mixed = fakePlan("web", plain(pools, { services: { hdfs: true } }));
    assert.deepEqual(
      mixed.nodes.map(({ daemons }) => daemons),
      [["index", "helper", "block"], []],
    );
  });

  it("open what their owner's programs need, to whom it is for, and nothing else", () => {
    const open = [
      { ports: 80, from: "0.0.0.0/0" },
      { ports: "8000-8010", protocol: "udp" as const, on: "storage", from: "10.9.0.0/16" },
      { ports: 9000, from: "admins" },
      { ports: 7000 },
    ];
    const plan = fakePlan("web", plain({ a: 1, storage: 1 }, { open, adminNetworks: ["192.0.2.0/24"] }));
    const accepts = (at: number) =>
      nodeView(plan, plan.nodes[at] ?? assert.fail(), jobExtras(plan))
        .firewall.accept.filter(({ name }) => name.startsWith("open"))
        .map(({ protocol, ports, source }) => `${protocol} ${ports.join("-")} ${source}`);
    const everywhere = ["tcp 80-80 0.0.0.0/0", "tcp 9000-9000 192.0.2.0/24", `tcp 7000-7000 ${plan.network.subnet}`];
    const [storage, a] = plan.nodes[0]?.pool === "storage" ? [0, 1] : [1, 0];
    assert.deepEqual(accepts(a), everywhere);
    assert.deepEqual(accepts(storage).sort(), [...everywhere, "udp 8000-8010 10.9.0.0/16"].sort());
    const refused = (entry: object) => {
      const [mistake] = mistakesOf(() => fakeSpec("web", plain({ a: 1 }, { open: [entry] } as FakeArgs)));
      return `${mistake?.path}: ${mistake?.allowed}`;
    };
    assert.match(refused({ ports: "20-30", from: "0.0.0.0/0" }), /open\[0\]\.ports: SSH is opened by adminNetworks/);
    assert.match(refused({ ports: "30-20" }), /open\[0\]\.ports: allowed: a port, or several/);
    assert.match(refused({ ports: 80, on: "a" }), /open\[0\]\.on: no such role tag; .*master/);
    assert.match(refused({ ports: 80, from: "world" }), /open\[0\]\.from: allowed: cluster, admins, or a network/);
  });

  it("carry a service's master where a pool has that role: who is one only by being first may leave", () => {
    const services = { hdfs: true };
    const w = { count: 2, roles: ["worker" as const] };
    const m = { count: 1, roles: ["master" as const] };
    assert.deepEqual(fakePlan("web", plain({ m, w }, { services })).nodes[0]?.daemons, ["index", "helper"]);
    const without = mistakesOf(() => fakeSpec("web", plain({ w }, { services })));
    assert.deepEqual(
      [...new Set(without.map(({ path, found }) => `${path} ${found}`))],
      ["web.pools no node with role master"],
    );
    assert.match(without[0]?.allowed ?? "", /index of hdfs needs one: give a pool the role master/);
  });

  it("are checked for being the same, pool by pool; what differs degrades them", () => {
    const { checks } = fakePlan("web", plain({ a: 2, b: 1, c: 3 }));
    const alike = checks.filter((check) => check.mode === "alike");
    assert.deepEqual(
      alike.map(({ name, on, required }) => [name, on.length, required]),
      [
        ["pool a: machines are the same", 2, false],
        ["pool c: machines are the same", 3, false],
      ],
    );
    assert.ok(!fakePlan("dev").checks.some((check) => check.mode === "alike"));
    const firewalls = checks.filter(({ name }) => name.startsWith("base: firewall")).map(({ name }) => name);
    assert.deepEqual(firewalls, ["base: firewall of master", "base: firewall of nodes without a role"]);
  });

  it("have expectations everywhere, on a pool, on a node", () => {
    const expectation = { name: "x", command: "true" };
    const on = (place?: string) => {
      const expectations = [place === undefined ? expectation : { ...expectation, on: place }];
      const { checks } = fakePlan("web", plain({ a: 2, b: 1 }, { verification: { expectations } }));
      return checks.find(({ name }) => name === "expected: x")?.on;
    };
    assert.deepEqual(on(), ["web-a-1", "web-a-2", "web-b-1"]);
    assert.deepEqual(on("all"), on());
    assert.deepEqual(on("a"), ["web-a-1", "web-a-2"]);
    assert.deepEqual(on("web-b-1"), ["web-b-1"]);
    assert.deepEqual(on("master"), ["web-a-1"]);
  });

  it("refuse what is wrong with them all at once; other kinds still need role tags", () => {
    const expectations = [
      { name: "x", command: "true", on: "aa", matches: "(" },
      { name: "x", command: "true", matches: "(?<year>[0-9]+)" },
    ];
    const wrong = plain(
      { a: { count: 2, without: [3] }, b: { count: 0 } },
      {
        verification: { expectations },
      },
    );
    assert.deepEqual(
      mistakesOf(() => fakeSpec("web", wrong))
        .map(({ path }) => path)
        .sort(),
      ["web.pools.b.count", "web.verification.expectations[0].matches", "web.verification.expectations[1].matches"],
    );
    const misplaced = plain({ a: 2 }, { verification: { expectations: [{ name: "x", command: "true", on: "aa" }] } });
    const [mistake] = mistakesOf(() => fakeSpec("web", misplaced));
    assert.match(`${mistake?.path} ${mistake?.allowed}`, /expectations\[0\]\.on no such role tag, pool or node; .*"a"/);
    const [everybody] = mistakesOf(() => fakeSpec("web", plain({ a: { count: 2, without: [1, 2] } })));
    assert.equal(everybody?.found, "every node left out");
    const [roleless] = mistakesOf(() => fakeSpec("web", { pools: { a: 2 } }));
    assert.equal(roleless?.path, "web.pools.a.roles");
  });
});
