import assert from "node:assert/strict";
import type { ClusterConfigInput } from "../../../plan/config/cluster-schema.ts";
import { specFromArgs } from "../../../plan/config/read.ts";
import { nodeView } from "../../../plan/node-view.ts";
import { planCluster } from "../../../plan/plan-cluster.ts";
import { movedStores } from "../../../components/stores.ts";
import { mistakesOf, whereabouts } from "../plan/fixtures.ts";

type Args = Omit<ClusterConfigInput, "name">;

const pools = { master: 1, storage: 2, worker: 2 };
const planOf = (nfs: unknown, args: Args = {}) =>
  planCluster(
    specFromArgs("lab", { kind: "pool", subnet: "10.9.0.0/24", pools, services: { nfs } as Args["services"], ...args }),
    whereabouts,
  );
const told = (nfs: unknown, args: Args = {}): string[] =>
  mistakesOf(() => planOf(nfs, args)).map(({ path, found, allowed }) => `${path}: ${found}: ${allowed}`);

interface Settings {
  server: { name: string; address: string; port: number };
  subnet: string;
  exports: { path: string; source: string; id: number; fsid: string; quota: number; rootSquash: boolean }[];
}

function settingsOn(name: string, plan: ReturnType<typeof planOf>): Settings {
  const node = plan.nodes.find((one) => one.name === name);
  assert.ok(node);
  return nodeView(plan, node, { formatted: [], operatorSources: [] }).services["nfs"] as unknown as Settings;
}

const serversOf = (plan: ReturnType<typeof planOf>): string[] =>
  plan.nodes.filter(({ daemons }) => daemons.includes("nfs")).map(({ name }) => name);

describe("the service nfs", () => {
  it("is one server, on the first node for storage, with a volume; every node is told of it", () => {
    const plan = planOf(true);
    assert.deepEqual(serversOf(plan), ["lab-storage-1"]);
    assert.ok(plan.nodes.find(({ name }) => name === "lab-storage-1")?.stateful);
    for (const node of plan.nodes) {
      assert.ok(node.apply.includes("nfs"), node.name);
      const { server, subnet, exports } = settingsOn(node.name, plan);
      assert.deepEqual([server.name, server.port, subnet], ["lab-storage-1", 2049, "10.9.0.0/24"]);
      assert.deepEqual(
        exports.map(({ path, source, rootSquash }) => [path, source, rootSquash]),
        [["/shared", "/data/nfs/shared/shared", true]],
      );
    }
    assert.deepEqual(serversOf(planOf(true, { pools: { master: 1, worker: 2 } })), ["lab-master-1"]);
  });

  it("opens one port, where the server is, to the cluster alone", () => {
    const rules = planOf(true, { pools: { master: 1, worker: 1 } }).firewall.filter(({ name }) =>
      name.startsWith("nfs"),
    );
    assert.deepEqual(rules, [
      { name: "nfs nfs nfs", to: ["master"], protocol: "tcp", ports: [2049, 2049], source: "cluster" },
    ]);
  });

  it("knows exports by numbers that nobody else's coming or going changes", () => {
    const exported = (...paths: string[]) =>
      settingsOn("lab-worker-1", planOf({ exports: paths.map((path) => ({ path })) })).exports;
    const [, second] = exported("/one", "/two");
    const [alone] = exported("/two");
    assert.deepEqual(second, alone);
    assert.match(alone?.fsid ?? "", /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it("shares homes, and nothing beside them unless it is asked to; quotas are in GiB", () => {
    const paths = (nfs: unknown) =>
      settingsOn("lab-worker-1", planOf(nfs)).exports.map(({ path, quota }) => `${path} ${quota}`);
    assert.deepEqual(paths({ home: true, homeQuota: "2 TiB" }), ["/nfs/home 2048"]);
    assert.deepEqual(paths({ home: true, exports: [{ path: "/shared", quota: "5 GiB" }] }), [
      "/nfs/home 0",
      "/shared 5",
    ]);
  });

  it("is checked at the server, then by every node, that writes, and reads what the next one wrote", () => {
    const checks = planOf(true).checks.filter(({ service }) => service === "nfs");
    const everybody = ["lab-master-1", "lab-storage-1", "lab-storage-2", "lab-worker-1", "lab-worker-2"];
    assert.deepEqual(
      checks.map(({ name, on, after = [] }) => [name, [...on].sort(), after]),
      [
        ["nfs: server", ["lab-storage-1"], []],
        ["nfs: write here", everybody, ["nfs: server"]],
        ["nfs: read there", everybody, ["nfs: write here"]],
      ],
    );
    assert.deepEqual((JSON.parse(checks[2]?.run[1] ?? "[]") as string[]).sort(), everybody);
  });

  it("refuses to be without a server, and a server that would leave", () => {
    assert.deepEqual(told(true, { pools: { node: 2 } }), [
      "lab.pools: no node with role master: nfs of nfs needs one: give a pool the role master, or turn nfs off",
    ]);
    assert.deepEqual(told(true, { pools: { ...pools, storage: { count: 2, without: [1] } } }), [
      "lab.pools.storage.without: lab-storage-1: holds the data of nfs, which does not move to another node by itself",
    ]);
  });

  it("refuses to move to another node, or to end, once it holds data", () => {
    const before = planOf(true).nodes;
    const moved = (nfs: unknown, args: Args = {}) =>
      movedStores(planOf(nfs, args), before, ["nfs"], "c[0]").map(({ path, found }) => `${path}: ${found}`);
    assert.deepEqual(moved(true, { pools: { master: 1, worker: 1 } }), ["c[0].pools: nfs on lab-master-1"]);
    assert.deepEqual(moved(false), ["c[0].services.nfs: no nfs any more"]);
    assert.deepEqual(moved({ exports: [{ path: "/other" }] }), []);
  });

  it("refuses exports that hide the system, lie in each other or are none", () => {
    const at = (...paths: string[]): string[] =>
      mistakesOf(() => planOf({ exports: paths.map((path) => ({ path })) })).map(({ path }) => path);
    for (const path of ["/home", "/data/x", "/srv/muster", "/nfs", "/etc", "/usr/local"])
      assert.deepEqual(at(path), ["lab.services.nfs.exports[0].path"], path);
    for (const path of ["shared", "/", "/a/", "/a//b", "/a/../b", "/.x", '/a"b', "/a b"])
      assert.deepEqual(at(path), ["lab.services.nfs.exports[0].path"], path);
    assert.deepEqual(at("/a", "/b", "/a/c"), ["lab.services.nfs.exports[2].path"]);
    assert.deepEqual(at("/a", "/a"), ["lab.services.nfs.exports[1].path"]);
    assert.equal(planOf({ exports: [{ path: "/a" }, { path: "/ab" }] }).checks.length > 0, true);
    assert.match(told({ exports: [] }).join(), /services\.nfs: nothing to share/);
    assert.match(told({ homeQuota: "1 GiB" }).join(), /services\.nfs\.homeQuota: 1 GiB: only with home: true/);
    assert.match(told({ exports: [{ path: "/a", quota: "5" }] }).join(), /exports\[0\]\.quota/);
    assert.match(told({ threads: 0 }).join(), /services\.nfs\.threads/);
  });
});
