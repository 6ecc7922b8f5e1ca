import assert from "node:assert/strict";
import type { ObservedMachine } from "../../../components/clouds/cloud.ts";
import { LocalCloud } from "../../../components/clouds/local/local-cloud.ts";
import { preflight } from "../../../components/clouds/local/preflight.ts";
import { type Readings, routesIn } from "../../../components/clouds/local/readings.ts";
import { specFromArgs } from "../../../plan/config/read.ts";
import { planCluster } from "../../../plan/plan-cluster.ts";
import { emptyMachine } from "../../mock/empty-machine.ts";
import { fakePlan } from "../plan/fixtures.ts";

const none = { memory: 0, hosts: 0, subnets: [] };
const plan = fakePlan("dev", { subnet: "10.5.0.0/20", pools: { master: 1, worker: { count: 2, memory: "2 GiB" } } });
const network = (name: string, subnet: string, labels = {}) => ({
  name,
  id: name,
  network_interface: "podman9",
  subnets: [{ subnet }],
  labels,
});
const machine = (name: string, other: Partial<ObservedMachine> = {}): ObservedMachine => ({
  name,
  id: `id-${name}`,
  running: true,
  generation: 1,
  uid: "u",
  kind: "hadoop",
  ...other,
});
const all = plan.nodes.map((node) => machine(node.name));
const refusals = (readings: Partial<Readings>, observed: ObservedMachine[] = [], granted = none): string[] =>
  preflight(plan, observed, { ...emptyMachine, ...readings }, granted).map(
    (m) => `${m.path} | ${m.found} | ${m.allowed}`,
  );

describe("what fits on this machine", () => {
  it("is not refused", () => assert.deepEqual(refusals({}), []));

  it("has names that are names of files too", () => {
    const named = (stack: string) => {
      const spec = specFromArgs("c".repeat(20), {
        pools: { ["p".repeat(20)]: { roles: ["master", "worker"], size: "medium" } },
      });
      const where = { project: "p".repeat(100), stack, cloud: "local" };
      return preflight(planCluster(spec, where), [], emptyMachine, none).map(
        ({ path, found, allowed }) => `${path} ${found} ${allowed}`,
      );
    };
    assert.deepEqual(named("s".repeat(60)), []);
    const [told, ...others] = named("S".repeat(100));
    assert.match(
      told ?? "",
      /^c{20}\.name volumes with names of 27\d characters at most 240: .*project \(100 characters\), stack \(100\)/,
    );
    assert.deepEqual(others, []);
  });

  const need = plan.nodes.reduce((total, node) => total + node.size.memory, 0);

  const table: [string, Partial<Readings>, RegExp][] = [
    [
      "no podman",
      { podman: { missing: ["podman", "iptables"] } },
      /^dev: local hosts \| no podman, iptables .*install: podman iptables$/,
    ],
    [
      "no root",
      { podman: { missing: [], problem: "a password is required" } },
      /podman does not answer: a password is required/,
    ],
    ["an old podman", { podman: { missing: [], version: "3.4.4" } }, /podman 3\.4\.4 \| podman 4\.3 or newer/],
    [
      "another network backend",
      { podman: { missing: [], version: "5.0.0", networkBackend: "cni" } },
      /network backend "cni"/,
    ],
    [
      "too little memory",
      { memoryAvailable: need - 1 },
      new RegExp(`^dev\\.pools \\| memory: need ${need} MiB, have ${need - 1} MiB \\| what fits: 3 hosts of \\d+ MiB`),
    ],
    [
      "too little disk",
      { diskFree: 8_000 },
      /^dev\.pools\.\w+\.disk \| disk: need \d+ MiB, have 8000 MiB free \| volumes of at most 6 GiB/,
    ],
    ["no disk at all", { diskFree: 10, images: [] }, /have 10 MiB free \| free some space$/],
    [
      "few inotify instances",
      { inotifyInstances: 40 },
      /need 41, have 40 .*room for 2 hosts.*sysctl fs\.inotify\.max_user_instances=64/,
    ],
    [
      "a host route",
      { routes: [{ subnet: "10.5.8.0/24", device: "vpn0" }] },
      /^dev\.subnet \| 10\.5\.0\.0\/20 \| overlaps 10\.5\.8\.0\/24 of .*vpn0; free: 10\./,
    ],
    ["another network of podman", { networks: [network("other", "10.5.0.0/16")] }, /of podman's network other; free: /],
  ];
  for (const [name, readings, expected] of table) {
    it(`is refused, once: ${name}`, () => {
      const found = refusals(readings);
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0] ?? "", expected);
    });
  }

  it("tells all that is wrong at once", () => {
    assert.equal(refusals({ memoryAvailable: 1, diskFree: 1, inotifyInstances: 1 }).length, 3);
  });

  it("is refused a VPN, whose far end would lie behind it", () => {
    const tunnel = { node: "dev-master-1", port: 51820, address: "100.64.0.1", mtu: 1360 };
    const told = preflight({ ...plan, tunnel }, [], emptyMachine, none);
    assert.deepEqual(
      told.map(({ path, found }) => `${path} ${found}`),
      ["dev.services.vpn on"],
    );
  });

  it("does not clash with itself", () => {
    const own = network(plan.ref.id, "10.5.0.0/20", { "muster.cluster": plan.ref.id });
    assert.deepEqual(refusals({ networks: [own], routes: [{ subnet: "10.5.0.0/20", device: "podman9" }] }, all), []);
  });

  describe("and a stranger in the cluster's network", () => {
    const [worker] = plan.nodes.filter(({ pool }) => pool === "worker");
    const at = (address = "", network = plan.ref.id) => ({ strangers: [{ name: "web", network, address }] });

    it("is refused where it has the address of a host to be made", () => {
      const expected = `${worker?.address}, the address of ${worker?.name}, is taken by container web`;
      const others = all.filter(({ name }) => name !== worker?.name);
      for (const observed of [[], others]) {
        const [told = "", ...more] = refusals(at(worker?.address), observed);
        assert.ok(told.startsWith(`dev.network | ${expected} | remove it (podman rm --force web)`), told);
        assert.deepEqual(more, []);
      }
    });

    it("is let be where it is in nobody's way", () => {
      assert.deepEqual(refusals(at("10.5.0.250")), []);
      assert.deepEqual(refusals(at(worker?.address, "elsewhere")), []);
      assert.deepEqual(refusals(at(worker?.address), all), [], "the host has it already");
    });
  });

  it("keeps a standing cluster where it is", () => {
    const own = network(plan.ref.id, "10.9.0.0/20", { "muster.cluster": plan.ref.id });
    assert.match(refusals({ networks: [own] }, all).join(), /the cluster's hosts are in 10\.9\.0\.0\/20/);
  });

  it("needs nothing for hosts that run", () => {
    assert.deepEqual(refusals({ memoryAvailable: 0, diskFree: 0, volumes: volumes(), inotifyInstances: 0 }, all), []);
  });

  it("counts what the cluster's own hosts hold as theirs", () => {
    const [first, ...rest] = all;
    const observed = [...(first ? [{ ...first, running: false }] : []), ...rest];
    const memoryUsed = Object.fromEntries(rest.map((host) => [host.id, 1000]));
    assert.deepEqual(refusals({ memoryAvailable: need - 2000, memoryUsed }, observed), []);
    assert.equal(refusals({ memoryAvailable: need - 2001, memoryUsed }, observed).length, 1);
  });

  it("is shared by the clusters of one run", () => {
    const cloud = new LocalCloud({ ...emptyMachine, memoryAvailable: need + 100 });
    assert.deepEqual(cloud.preflight(plan, []), []);
    assert.deepEqual(cloud.preflight(plan, []), [], "the same cluster is not counted twice");
    const other = fakePlan("two", { subnet: "10.5.4.0/24", pools: { master: 1, worker: 2 } });
    assert.deepEqual(
      cloud.preflight(other, []).map((mistake) => mistake.path),
      ["two.pools", "two.subnet"],
    );
  });

  const volumes = (): string[] => plan.nodes.map((node) => `${plan.ref.id}.${node.name}-data`);
});

describe("routes of this machine", () => {
  it("are read without the default route", () => {
    const table = [
      "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
      "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0",
      "podman2\t0000600A\t00000000\t0001\t0\t0\t0\t00F0FFFF\t0\t0\t0",
      "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0",
      "",
    ].join("\n");
    assert.deepEqual(routesIn(table), [
      { device: "podman2", subnet: "10.96.0.0/20" },
      { device: "eth0", subnet: "192.0.2.0/24" },
    ]);
  });
});
