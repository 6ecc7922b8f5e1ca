import assert from "node:assert/strict";
import { nodeView } from "../../../plan/node-view.ts";
import { planCluster } from "../../../plan/plan-cluster.ts";
import { fakes } from "./fake-services.ts";
import { fakePlan, fakeSpec, mistakeOf, whereabouts } from "./fixtures.ts";

describe("the plan of a cluster", () => {
  const plan = fakePlan("dev", {
    pools: { worker: { count: 3, without: ["dev-worker-2"], memory: "2 GiB" }, master: 1, client: 1, storage: 1 },
    subnet: "10.1.0.0/24",
    adminNetworks: ["203.0.113.0/24"],
    verification: {
      expectations: [
        { name: "java", command: "java -version", on: "worker", text: "17" },
        { name: "fails", command: "false", on: "dev-client-1", user: "ann", exitCode: 1, required: false },
      ],
    },
  });

  it("knows every node: name, address, daemons, roles to apply", () => {
    const rows = plan.nodes.map((n) => [
      n.name,
      n.fqdn,
      n.address,
      n.daemons.join(" "),
      n.stateful,
      n.apply.slice(3).join(" "),
    ]);
    assert.deepEqual(rows, [
      ["dev-master-1", "dev-master-1.dev.internal", "10.1.0.16", "index helper manager", true, "java hdfs yarn"],
      ["dev-worker-1", "dev-worker-1.dev.internal", "10.1.0.17", "block runner", true, "java hdfs yarn"],
      ["dev-worker-3", "dev-worker-3.dev.internal", "10.1.0.49", "block runner", true, "java hdfs yarn"],
      ["dev-client-1", "dev-client-1.dev.internal", "10.1.0.18", "", false, "java hdfs yarn"],
      ["dev-storage-1", "dev-storage-1.dev.internal", "10.1.0.19", "", false, "java yarn"],
    ]);
    assert.ok(plan.nodes.every((node) => node.apply.slice(0, 3).join(" ") === "base time firewall"));
  });

  it("knows network, pools, artifacts, endpoints and who leaves how", () => {
    assert.deepEqual(plan.network, { subnet: "10.1.0.0/24", gateway: "10.1.0.1" });
    assert.deepEqual(plan.ref, { id: "muster.dev.dev", ...whereabouts, name: "dev", kind: "hadoop" });
    assert.deepEqual(plan.pools.slice(0, 2), [
      { name: "master", count: 1, minReady: 1 },
      { name: "worker", count: 2, minReady: 2 },
    ]);
    assert.deepEqual(plan.artifacts, [{ name: "hadoop", id: "hadoop-1" }]);
    assert.deepEqual(plan.endpoints, { hdfs: "hdfs://dev-master-1.dev.internal:8020" });
    assert.deepEqual(
      plan.leave.map(({ service }) => service),
      ["yarn", "hdfs"],
    );
    assert.equal(plan.deadlines.total, 3600 + plan.deadlines.machine + plan.deadlines.converge + 600 + 300);
  });

  it("waits for hosts as long as the config says, else longer for more of them", () => {
    const waits = (worker: number, deadlines?: { machine?: number; converge?: number }) => {
      const { machine, converge } = fakePlan("dev", { pools: { master: 1, worker }, deadlines }).deadlines;
      return [machine, converge];
    };
    assert.deepEqual(waits(1), [604, 1200]);
    assert.deepEqual(waits(9), [620, 1200]);
    assert.deepEqual(waits(9, { machine: 90 }), [90, 1200]);
    assert.deepEqual(waits(1, { converge: 300 }), [604, 300]);
  });

  it("opens on each node what its roles need, and nothing else", () => {
    const extras = { formatted: [], operatorSources: [] };
    const open = (name: string) =>
      plan.nodes
        .filter((node) => node.name === name)
        .map((node) => nodeView(plan, node, extras, fakes).firewall)
        .flatMap(({ operator, accept }) => [...operator, ...accept])
        .map(({ name: rule, protocol, ports, source }) => [rule, protocol, ports.join("-"), source].join(" "));
    assert.deepEqual(open("dev-master-1"), [
      "ssh from operator tcp 22-22 203.0.113.0/24",
      "ssh tcp 22-22 10.1.0.0/24",
      "dns udp 53-53 10.1.0.0/24",
      "dns over tcp tcp 53-53 10.1.0.0/24",
      "ntp udp 123-123 10.1.0.0/24",
      "hdfs index rpc tcp 8020-8020 10.1.0.0/24",
      "hdfs helper web tcp 8021-8021 10.1.0.0/24",
      "yarn manager web tcp 8088-8088 10.1.0.0/24",
    ]);
    assert.deepEqual(open("dev-worker-1").slice(2), [
      "hdfs block data tcp 9866-9866 10.1.0.0/24",
      "yarn runner rpc tcp 8041-8041 10.1.0.0/24",
      "yarn containers tcp 32768-60999 10.1.0.0/24",
    ]);
    assert.equal(open("dev-client-1").length, 2);
  });

  it("checks hosts, services and what the user expects", () => {
    const checks = new Map(plan.checks.map((check) => [check.name, check]));
    assert.deepEqual(
      [...checks.keys()],
      [
        "base: names of itself and the masters",
        "base: names of all nodes",
        "base: clock",
        "base: firewall of master",
        "base: firewall of worker",
        "base: firewall of client",
        "base: firewall of storage",
        "hdfs: live",
        "expected: java",
        "expected: fails",
      ],
    );
    assert.deepEqual(checks.get("base: names of itself and the masters")?.run, [
      "base/names",
      '[["dev-master-1.dev.internal","10.1.0.16"]]',
    ]);
    assert.deepEqual(checks.get("base: names of all nodes")?.on, ["dev-master-1"]);
    assert.deepEqual(checks.get("base: clock")?.run, ["base/clock", '["10.1.0.16"]']);
    assert.deepEqual(checks.get("base: firewall of worker")?.run, [
      "base/firewall",
      "[23,53,111,5355,6000,8020,8021,8088]",
    ]);
    assert.deepEqual(checks.get("base: firewall of worker")?.on, ["dev-worker-1", "dev-worker-3"]);
    assert.deepEqual(checks.get("expected: java"), {
      name: "expected: java",
      service: "base",
      on: ["dev-worker-1", "dev-worker-3"],
      mode: "each",
      run: ["base/expectation"],
      input: '{"command":"java -version","user":"muster","text":"17","exitCode":0}',
      timeoutSeconds: 60,
      after: ["hdfs: live"],
      required: true,
    });
    assert.equal(checks.get("expected: fails")?.input, '{"command":"false","user":"ann","exitCode":1}');
    assert.equal(checks.get("expected: fails")?.required, false);
  });

  it("refuses what cannot be planned, with paths below the given one", () => {
    const spec = fakeSpec("dev");
    const worse = { ...spec, services: { hdfs: { copies: 7 } } };
    assert.equal(mistakeOf(() => planCluster(worse, whereabouts, fakes)).path, "dev.services.hdfs.copies");
    assert.equal(
      mistakeOf(() => planCluster(worse, { ...whereabouts, path: "x[0]" }, fakes)).path,
      "x[0].services.hdfs.copies",
    );
  });

  it("splits lists of members that would not fit into an argument", () => {
    const large = fakePlan("dev", { pools: { master: 1, worker: 1200 }, subnet: "10.0.0.0/16" });
    const names = large.checks.filter((check) => check.name.startsWith("base: names of all"));
    assert.deepEqual(
      names.map((check) => (JSON.parse(check.run[1] ?? "[]") as unknown[]).length),
      [500, 500, 201],
    );
    assert.ok(large.checks.every((check) => check.run.every((argument) => argument.length < 128 * 1024)));
  });
});
