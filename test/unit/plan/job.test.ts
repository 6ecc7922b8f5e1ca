import assert from "node:assert/strict";
import { jobOf, jobSha } from "../../../plan/job.ts";
import { nodeView } from "../../../plan/node-view.ts";
import { planCluster } from "../../../plan/plan-cluster.ts";
import { specFromArgs } from "../../../plan/config/read.ts";
import { fakes } from "./fake-services.ts";
import { fakePlan, jobExtras, whereabouts } from "./fixtures.ts";

describe("a node's view", () => {
  const plan = fakePlan("dev", {
    pools: { master: 1, worker: 2, client: 1 },
    users: ["bob", { name: "ann", uid: 30000, sudo: true }],
    subnet: "10.1.0.0/24",
  });
  const extras = { formatted: ["hdfs"], operatorSources: ["10.1.0.1/32"] };
  const view = (name: string) => {
    const node = plan.nodes.find((candidate) => candidate.name === name);
    assert.ok(node);
    return nodeView(plan, node, extras, fakes);
  };

  it("holds exactly what a worker needs to know, and no other worker", () => {
    const master = {
      name: "dev-master-1",
      fqdn: "dev-master-1.dev.internal",
      address: "10.1.0.16",
      pool: "master",
      roles: ["master"],
      daemons: ["index", "helper", "manager"],
    };
    const accept = (name: string, first: number, last = first) => ({
      name,
      protocol: "tcp",
      ports: [first, last],
      source: "10.1.0.0/24",
    });
    assert.deepEqual(view("dev-worker-2"), {
      format: 1,
      cluster: { name: "dev", kind: "hadoop", domain: "dev.internal", subnet: "10.1.0.0/24", formatted: ["hdfs"] },
      node: {
        name: "dev-worker-2",
        fqdn: "dev-worker-2.dev.internal",
        address: "10.1.0.33",
        pool: "worker",
        roles: ["worker"],
        daemons: ["block", "runner"],
        ordinal: 2,
        groups: ["worker", "block", "runner"],
        memory: {
          host: 1024,
          reserved: 128,
          daemons: { block: { heap: 60, total: 100 }, runner: { heap: 80, total: 150 } },
          available: 646,
        },
        cpus: 1,
        stateful: true,
      },
      masters: [master],
      resolvers: [],
      loginUser: "muster",
      users: [
        { name: "ann", uid: 30000, sshKeys: [], sudo: true },
        { name: "bob", uid: 45108, sshKeys: [], sudo: false },
      ],
      firewall: {
        operatorSources: ["10.1.0.1/32"],
        operator: [{ ...accept("ssh from operator", 22), source: "10.1.0.1/32" }],
        accept: [
          accept("ssh", 22),
          accept("hdfs block data", 9866),
          accept("yarn runner rpc", 8041),
          accept("yarn containers", 32768, 60999),
        ],
      },
      versions: { hadoop: "3.4.2", java: 17 },
      artifacts: { hadoop: "hadoop-1" },
      apply: ["base", "time", "firewall", "java", "hdfs", "yarn"],
      secrets: [],
      services: { hdfs: { copies: 1, index: "dev-master-1.dev.internal" }, yarn: {} },
    });
  });

  it("opens SSH to admin networks, and takes nothing from the cluster's own nodes that are inside of one", () => {
    const wide = fakePlan("dev", { subnet: "10.1.0.0/24", adminNetworks: ["10.0.0.0/8"] });
    const [node] = wide.nodes;
    assert.ok(node);
    const { operatorSources, operator, accept } = nodeView(wide, node, extras, fakes).firewall;
    assert.deepEqual([operatorSources, operator.map(({ source }) => source)], [["10.1.0.1/32"], ["10.1.0.1/32"]]);
    const fromAdmins = accept.filter(({ source }) => source === "10.0.0.0/8");
    assert.deepEqual(fromAdmins, [
      { name: "ssh from operator", protocol: "tcp", ports: [22, 22], source: "10.0.0.0/8" },
    ]);
    assert.ok(accept.some(({ ports, source }) => ports[0] === 53 && source === "10.1.0.0/24"));
  });

  it("lists all members on masters only", () => {
    assert.deepEqual(
      view("dev-master-1").members?.map(({ name }) => name),
      ["dev-master-1", "dev-worker-1", "dev-worker-2", "dev-client-1"],
    );
    assert.equal("members" in view("dev-client-1"), false);
  });

  it("gives settings and artifacts of a service only to nodes that it concerns", () => {
    const other = fakePlan("dev", { pools: { master: 1, worker: 1, storage: 1 }, services: ["hdfs"] });
    const node = other.nodes.find((candidate) => candidate.pool === "storage");
    assert.ok(node);
    const { services, artifacts } = nodeView(other, node, extras, fakes);
    assert.deepEqual([services, artifacts], [{}, {}]);
  });
});

describe("a job", () => {
  const plan = fakePlan("dev");
  const extras = jobExtras(plan);

  it("carries generations, SSH targets and the bundle", () => {
    const job = jobOf(plan, { ...extras, generations: { "dev-worker-2": 4 } }, fakes);
    assert.deepEqual(
      job.nodes.map(({ name, generation }) => [name, generation]),
      [
        ["dev-master-1", 1],
        ["dev-worker-1", 1],
        ["dev-worker-2", 4],
      ],
    );
    assert.equal(job.bundle, "b0");
    assert.equal(job.nodes[0]?.ssh.address, plan.nodes[0]?.address);
  });

  it("has a hash that follows its content, not the order of keys", () => {
    const job = jobOf(plan, extras, fakes);
    assert.match(jobSha(job), /^[0-9a-f]{64}$/);
    assert.equal(jobSha(Object.fromEntries(Object.entries(job).reverse()) as unknown as typeof job), jobSha(job));
    assert.notEqual(jobSha({ ...job, bundle: "b1" }), jobSha(job));
    assert.notEqual(jobSha({ ...job, nodes: [...job.nodes].reverse() }), jobSha(job));
  });

  it("is refused when the cloud forgot a node", () => {
    assert.throws(() => jobOf(plan, { ...extras, sshTargets: {} }, fakes), /no SSH address for dev-master-1/);
  });
});

describe("a large cluster", () => {
  it("of 1000 nodes is planned, viewed and hashed within a second or two, with the real services", () => {
    const spec = specFromArgs("big", {
      pools: { master: { count: 3, memory: "16 GiB" }, worker: { count: 997, memory: "8 GiB" } },
      subnet: "10.0.0.0/16",
    });
    const plan = planCluster(spec, whereabouts);
    const start = performance.now();
    const again = planCluster(spec, whereabouts);
    const planned = performance.now() - start;
    assert.equal(again.nodes.length, 1000);
    assert.ok(planned < 1000, `plan took ${Math.round(planned)} ms`);
    const job = jobOf(plan, jobExtras(plan));
    jobSha(job);
    const all = performance.now() - start;
    assert.ok(all < 4000, `plan, views and hash took ${Math.round(all)} ms`);
  });
});
