import assert from "node:assert/strict";
import type { ClusterConfigInput } from "../../../plan/config/cluster-schema.ts";
import { specFromArgs } from "../../../plan/config/read.ts";
import { jobOf } from "../../../plan/job.ts";
import { nodeView } from "../../../plan/node-view.ts";
import { planCluster } from "../../../plan/plan-cluster.ts";
import { jobExtras, mistakesOf, whereabouts } from "../plan/fixtures.ts";

const planned = (args: Partial<ClusterConfigInput> = {}) =>
  planCluster(
    specFromArgs("lab", {
      subnet: "10.5.0.0/20",
      adminNetworks: ["203.0.113.0/24"],
      pools: { master: 2, worker: 1 },
      services: { vpn: true, hdfs: false, yarn: false, mapreduce: false },
      ...args,
    }),
    whereabouts,
  );
const options = (vpn: object) => ({ services: { vpn, hdfs: false, yarn: false, mapreduce: false } });

describe("the service vpn", () => {
  it("is on no cluster that does not ask for it", () => {
    const plan = planCluster(specFromArgs("lab", {}), whereabouts);
    assert.equal(plan.tunnel, undefined);
    assert.equal("tunnel" in jobOf(plan, jobExtras(plan)), false);
    assert.ok(plan.nodes.every(({ apply }) => !apply.includes("vpn")));
    assert.ok(plan.firewall.every(({ name }) => !name.includes("vpn")));
  });

  it("ends at the first master, the only node that is given its role, settings and check", () => {
    const plan = planned();
    const tunnel = { node: "lab-master-1", port: 51820, address: "100.64.0.1", mtu: 1360 };
    assert.deepEqual(jobOf(plan, jobExtras(plan)).tunnel, tunnel);
    assert.deepEqual(
      plan.nodes.map(({ apply }) => apply.includes("vpn")),
      [true, false, false],
    );
    const [master] = plan.nodes;
    assert.ok(master);
    assert.deepEqual(nodeView(plan, master, jobExtras(plan)).services, {
      vpn: { port: 51820, address: "100.64.0.1", mtu: 1360, subnet: "10.5.0.0/20" },
    });
    const check = plan.checks.find(({ service }) => service === "vpn");
    assert.deepEqual([check?.on, check?.run], [["lab-master-1"], ["vpn/tunnel"]]);
  });

  it("moves to the next master while the first is left out", () => {
    const pools = { master: { count: 2, without: [1] }, worker: 1 };
    assert.equal(planned({ pools }).tunnel?.node, "lab-master-2");
  });

  it("opens its port to the operator alone, and to its guest on that node what is open to the cluster", () => {
    const plan = planned(options({ port: 5000, address: "192.0.2.9" }));
    const accepts = plan.nodes.map((node) => {
      const { accept } = nodeView(plan, node, jobExtras(plan)).firewall;
      return accept.map(({ protocol, ports, source }) => `${protocol} ${ports[0]} ${source}`);
    });
    const [first = [], second = [], worker = []] = accepts;
    assert.ok(first.includes("udp 5000 203.0.113.0/24"));
    assert.deepEqual(
      first.filter((one) => one.endsWith(" 192.0.2.9/32")).sort(),
      first
        .filter((one) => one.endsWith(" 10.5.0.0/20"))
        .map((one) => one.replace("10.5.0.0/20", "192.0.2.9/32"))
        .sort(),
    );
    assert.ok(first.includes("tcp 22 192.0.2.9/32"));
    assert.ok([...second, ...worker].every((one) => !one.endsWith("192.0.2.9/32")));
    assert.ok(worker.every((one) => !one.startsWith("udp 5000")));
  });

  it("refuses an address behind the tunnel, and ports that are not its to take", () => {
    const told = (vpn: object) => mistakesOf(() => planned(options(vpn))).map(({ path, found }) => `${path} ${found}`);
    assert.deepEqual(told({ address: "10.5.3.4" }), ["lab.services.vpn.address 10.5.3.4"]);
    assert.match(told({ port: 53 })[0] ?? "", /services\.vpn\.port 53$/);
    assert.match(told({ adress: "192.0.2.1" })[0] ?? "", /services\.vpn\.adress/);
  });
});
