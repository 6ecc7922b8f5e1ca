import assert from "node:assert/strict";
import type { ClusterConfigInput } from "../../../plan/config/cluster-schema.ts";
import { specFromArgs } from "../../../plan/config/read.ts";
import { nodeView } from "../../../plan/node-view.ts";
import { planCluster } from "../../../plan/plan-cluster.ts";
import { jobExtras, mistakesOf, whereabouts } from "../plan/fixtures.ts";

const planOf = (pools: NonNullable<ClusterConfigInput["pools"]>, options: object = {}) =>
  planCluster(
    specFromArgs("lab", { kind: "pool", subnet: "10.5.0.0/20", pools, services: { ganglia: options } }),
    whereabouts,
  );

describe("the service ganglia", () => {
  it("lets every node tell the monitor of itself, and opens only that one's ports", () => {
    const plan = planOf({ master: 1, a: 1, monitor: 1 }, { pollSeconds: 5 });
    assert.deepEqual(
      plan.nodes.map(({ daemons }) => daemons.join(" ")),
      ["gmond", "gmond", "gmond gmetad gangliaweb"],
    );
    for (const node of plan.nodes) {
      const { ganglia } = nodeView(plan, node, jobExtras(plan)).services;
      assert.deepEqual(ganglia?.["monitor"], { name: "lab-monitor-1", address: "10.5.0.23" });
      assert.equal(ganglia["pollSeconds"], node.daemons.includes("gmetad") ? 5 : undefined);
    }
    const opened = plan.firewall.filter(({ name }) => name.startsWith("ganglia"));
    assert.deepEqual(
      opened.map(({ to, protocol, ports, source }) => `${String(to)} ${protocol} ${ports[0]} ${source}`),
      ["monitor tcp 8651 cluster", "monitor tcp 8649 cluster", "monitor udp 8649 cluster", "monitor tcp 8653 cluster"],
    );
  });

  it("has pages, with memory for them by the host, unless told otherwise", () => {
    const told = (options: object) => {
      const plan = planOf({ master: { count: 1, memory: "4 GiB" } }, options);
      const [node] = plan.nodes;
      assert.ok(node);
      const settings = nodeView(plan, node, jobExtras(plan)).services["ganglia"];
      const checks = plan.checks.filter(({ service }) => service === "ganglia").map(({ run }) => run.join(" "));
      return [plan.endpoints["ganglia"], node.memory.daemons["gangliaweb"], settings?.["pageMemory"], checks];
    };
    assert.deepEqual(told({}), [
      "http://lab-master-1.lab.internal:8653/ganglia/?c=lab",
      { heap: 64, total: 112 },
      56,
      ["ganglia/hosts lab-master-1", "ganglia/pages lab-master-1"],
    ]);
    assert.deepEqual(told({ web: false }), [
      "XML at lab-master-1.lab.internal:8651",
      undefined,
      undefined,
      ["ganglia/hosts lab-master-1"],
    ]);
  });

  it("is checked for every node by name, and is no reason to call a cluster failed", () => {
    const [check] = planOf({ master: 2, a: 1 }).checks.filter(({ service }) => service === "ganglia");
    assert.deepEqual(check?.run, ["ganglia/hosts", "lab-master-1", "lab-master-2", "lab-a-1"]);
    assert.deepEqual([check.on, check.required], [["lab-master-2"], false]);
  });

  it("fits, without its pages, beside Prometheus and all of Hadoop's masters on the smallest master", () => {
    const args = {
      pools: { master: 1, worker: { count: 1, memory: "2 GiB" } },
      services: { ganglia: { web: false }, prometheus: true },
    };
    const [master] = planCluster(specFromArgs("lab", args), whereabouts).nodes;
    assert.ok((master?.memory.available ?? -1) >= 0);
  });

  it("refuses options that cannot be, and a cluster without a place for what it keeps", () => {
    const paths = (options: object) => mistakesOf(() => planOf({ master: 1 }, options)).map(({ path }) => path);
    assert.deepEqual(paths({ pollSeconds: 0 }), ["lab.services.ganglia.pollSeconds"]);
    assert.deepEqual(paths({ web: "no" }), ["lab.services.ganglia.web"]);
    assert.deepEqual(paths({ pages: true }), ["lab.services.ganglia.pages"]);
    const [mistake] = mistakesOf(() => planOf({ a: 2 }));
    assert.match(mistake?.allowed ?? "", /^gmetad of ganglia needs one: give a pool the role master/);
  });
});
