import assert from "node:assert/strict";
import type { ClusterConfigInput } from "../../../plan/config/cluster-schema.ts";
import { specFromArgs } from "../../../plan/config/read.ts";
import { nodeView } from "../../../plan/node-view.ts";
import { planCluster } from "../../../plan/plan-cluster.ts";
import { movedStores } from "../../../components/stores.ts";
import { mistakesOf, whereabouts } from "../plan/fixtures.ts";

type Args = Omit<ClusterConfigInput, "name">;

const pools = (storage: number) => ({ master: 1, storage, worker: 2 });
const planOf = (glusterfs: unknown, args: Args = {}) =>
  planCluster(
    specFromArgs("lab", {
      ...{ kind: "pool", subnet: "10.9.0.0/24", pools: pools(3) },
      services: { glusterfs } as Args["services"],
      ...args,
    }),
    whereabouts,
  );
const told = (glusterfs: unknown, args: Args = {}): string[] =>
  mistakesOf(() => planOf(glusterfs, args)).map(({ path, found, allowed }) => `${path}: ${found}: ${allowed}`);

interface Settings {
  path: string;
  bricks: { name: string; address: string }[];
  replica: number;
  quota: number;
  folders: { name: string; mode: string; quota: number }[];
  subnet: string;
}

function settingsOn(name: string, plan: ReturnType<typeof planOf>): Settings {
  const node = plan.nodes.find((one) => one.name === name);
  assert.ok(node);
  return nodeView(plan, node, { formatted: [], operatorSources: [] }).services["glusterfs"] as unknown as Settings;
}

const keepersOf = (plan: ReturnType<typeof planOf>): string[] =>
  plan.nodes.filter(({ daemons }) => daemons.includes("glusterd")).map(({ name }) => name);

describe("the service glusterfs", () => {
  it("is kept by all nodes for storage, each with a volume of its own; every node has it, and pays for it", () => {
    const plan = planOf(true);
    assert.deepEqual(keepersOf(plan), ["lab-storage-1", "lab-storage-2", "lab-storage-3"]);
    for (const node of plan.nodes) {
      const keeps = node.name.includes("storage");
      assert.deepEqual([node.stateful, node.memory.daemons["glusterd"]?.total], [keeps, keeps ? 160 : undefined]);
      assert.deepEqual(node.memory.daemons["glusterfs"], { heap: 32, total: 64 });
      const { path, bricks, replica, subnet } = settingsOn(node.name, plan);
      assert.deepEqual([path, replica, subnet], ["/shared", 3, "10.9.0.0/24"]);
      assert.deepEqual(
        bricks.map(({ name }) => name),
        keepersOf(plan),
      );
    }
  });

  it("opens ports where it is kept, to the cluster alone, and none of those that connections go out from", () => {
    const rules = planOf(true).firewall.filter(({ name }) => name.startsWith("glusterfs"));
    assert.deepEqual(
      rules.map(({ to, ports, source }) => [to, ports, source]),
      [
        [["storage"], [24007, 24007], "cluster"],
        [["storage"], [24100, 24163], "cluster"],
      ],
    );
  });

  it("keeps three copies, or as many as there are nodes for them", () => {
    const copies = (storage: number) => settingsOn("lab-master-1", planOf(true, { pools: pools(storage) })).replica;
    assert.deepEqual([1, 2, 3, 6].map(copies), [1, 2, 3, 3]);
  });

  it("refuses copies that do not go round, an arbiter of fewer than three, and to be kept by nobody", () => {
    assert.deepEqual(told({ replica: 4 }), [
      "lab.services.glusterfs.replica: 4 copies on 3 storage nodes: 1 … 3: each copy of a file is on a storage node of its own",
    ]);
    assert.deepEqual(told(true, { pools: pools(4) }), [
      "lab.services.glusterfs.replica: 3 copies on 4 storage nodes: 1, 2, 4, or 3 or 6 storage nodes: they come and go by as many as there are copies",
    ]);
    assert.equal(settingsOn("lab-master-1", planOf({ replica: 2 }, { pools: pools(4) })).replica, 2);
    assert.match(told({ arbiter: true, replica: 1 }).join(), /glusterfs\.arbiter: 1 copies: with replica: 3 only/);
    assert.match(told(true, { pools: { master: 1 } }).join(), /lab\.pools: no node with role storage: glusterd/);
  });

  it("refuses a place that hides the system or what nfs shares, and a folder twice", () => {
    for (const path of ["/home", "/data/x", "/etc"])
      assert.match(told({ path }).join(), /^lab\.services\.glusterfs\.path/, path);
    const both = { services: { nfs: true, glusterfs: true } } as Args;
    assert.match(told(true, both).join(), /glusterfs\.path: \/shared: neither within what nfs shares nor around it/);
    assert.match(told({ folders: [{ name: "a" }, { name: "a" }] }).join(), /folders\[1\]\.name: a: each folder once/);
    for (const name of ["/a", "a/", "../a", ".x", "a b"])
      assert.match(told({ folders: [{ name }] }).join(), /folders\[0\]\.name/, name);
    assert.match(told({ mountOptions: ["suid"] }).join(), /mountOptions\[0\].*acl, noatime, noexec/);
  });

  it("knows limits in GiB, and looks after them where there are some", () => {
    const plan = planOf({ quota: "1 TiB", folders: [{ name: "a", quota: "5 GiB" }, { name: "b" }] });
    const { quota, folders } = settingsOn("lab-worker-1", plan);
    assert.deepEqual([quota, folders.map((folder) => folder.quota)], [1024, [5, 0]]);
    const names = (one: ReturnType<typeof planOf>) =>
      one.checks.filter(({ service }) => service === "glusterfs").map(({ name }) => name.slice(11));
    assert.deepEqual(names(plan), ["volume", "quotas", "write here", "read there"]);
    assert.deepEqual(names(planOf(true)), ["volume", "write here", "read there"]);
  });

  it("asks its nodes who may leave, and refuses to end once it holds data", () => {
    const plan = planOf(true);
    assert.deepEqual(
      plan.leave.map(({ service, on }) => [service, on]),
      [["glusterfs", keepersOf(plan)]],
    );
    const moved = (glusterfs: unknown, args: Args = {}) =>
      movedStores(planOf(glusterfs, args), plan.nodes, ["glusterfs"], "c[0]").map(
        ({ path, found }) => `${path}: ${found}`,
      );
    assert.deepEqual(moved(false), ["c[0].services.glusterfs: no glusterd any more"]);
    assert.deepEqual(moved({ replica: 1 }, { pools: { ...pools(3), storage: { count: 3, without: [1] } } }), []);
  });
});
