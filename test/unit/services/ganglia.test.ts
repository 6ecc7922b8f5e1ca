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
      ["gmond", "gmond", "gmond gmetad"],
    );
    for (const node of plan.nodes) {
      const { ganglia } = nodeView(plan, node, jobExtras(plan)).services;
      assert.deepEqual(ganglia?.["monitor"], { name: "lab-monitor-1", address: "10.5.0.23" });
      assert.equal(ganglia["pollSeconds"], node.daemons.includes("gmetad") ? 5 : undefined);
    }
    const opened = plan.firewall.filter(({ name }) => name.startsWith("ganglia"));
    assert.deepEqual(
      opened.map(({ to, protocol, ports, source }) => `${String(to)} ${protocol} ${ports[0]} ${source}`),
      ["monitor tcp 8651 cluster", "monitor tcp 8649 cluster", "monitor udp 8649 cluster"],
    );
  });

  it("is checked for every node by name, and is no reason to call a cluster failed", () => {
    const [check] = planOf({ master: 2, a: 1 }).checks.filter(({ service }) => service === "ganglia");
    assert.deepEqual(check?.run, ["ganglia/hosts", "lab-master-1", "lab-master-2", "lab-a-1"]);
    assert.deepEqual([check.on, check.required], [["lab-master-2"], false]);
  });

  it("fits beside Prometheus and all of Hadoop's masters on the smallest master", () => {
    const args = {
      pools: { master: 1, worker: { count: 1, memory: "2 GiB" } },
      services: { ganglia: true, prometheus: true },
    };
    const [master] = planCluster(specFromArgs("lab", args), whereabouts).nodes;
    assert.ok((master?.memory.available ?? -1) >= 0);
  });

  it("refuses options that cannot be, and a cluster without a place for what it keeps", () => {
    const paths = (options: object) => mistakesOf(() => planOf({ master: 1 }, options)).map(({ path }) => path);
    assert.deepEqual(paths({ pollSeconds: 0 }), ["lab.services.ganglia.pollSeconds"]);
    assert.deepEqual(paths({ web: true }), ["lab.services.ganglia.web"]);
    const [mistake] = mistakesOf(() => planOf({ a: 2 }));
    assert.match(mistake?.allowed ?? "", /^gmetad of ganglia needs one: give a pool the role master/);
  });
});
