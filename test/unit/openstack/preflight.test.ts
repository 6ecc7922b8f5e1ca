import assert from "node:assert/strict";
import type { ObservedMachine } from "../../../components/clouds/cloud.ts";
import { bakedName, recipeOf } from "../../../components/clouds/openstack/baked-name.ts";
import { OpenStackCloud } from "../../../components/clouds/openstack/openstack-cloud.ts";
import type { OpenStackOptionsInput } from "../../../components/clouds/openstack/options.ts";
import type { Quota, Readings } from "../../../components/clouds/openstack/readings.ts";
import type { ClusterPlan } from "../../../plan/cluster-plan.ts";
import { specFromArgs } from "../../../plan/config/read.ts";
import { planCluster } from "../../../plan/plan-cluster.ts";
import { credentials, image, options, readings } from "../../mock/openstack-readings.ts";
import { withStateFolder } from "../../mock/state-folder.ts";
import { machine } from "../../mock/fake-cloud.ts";

const planned = (name: string, args: Parameters<typeof specFromArgs>[1] = {}, stack = "dev"): ClusterPlan => {
  const given = { subnet: "10.5.0.0/20", adminNetworks: ["203.0.113.0/24"], pools: { master: 1, worker: 4 }, ...args };
  return planCluster(specFromArgs(name, given), { project: "muster", stack, cloud: "openstack" });
};
const plan = planned("dev");

interface Given {
  options?: Partial<OpenStackOptionsInput>;
  readings?: Partial<Readings>;
  plan?: ClusterPlan;
  observed?: ObservedMachine[];
}

const cloudOf = ({ options: chosen, readings: seen }: Given): OpenStackCloud =>
  new OpenStackCloud(options(chosen), credentials, { ...readings, ...seen });
const refusals = (given: Given = {}): string[] =>
  cloudOf(given)
    .preflight(given.plan ?? plan, given.observed ?? [])
    .map(({ path, found, allowed }) => `${path} | ${found} | ${allowed}`);
const quota = (limit: number, used = 0): Quota => ({ limit, used });
const own = (thing: object) => ({ tags: ["muster", "muster.cluster=muster.dev.dev"], ...thing });
const ownNetwork = { id: "n-own", name: "muster.dev.dev", "router:external": false, subnets: [], ...own({}) } as never;

describe("what fits on an OpenStack", () => {
  withStateFolder();

  it("is not refused", () => assert.deepEqual(refusals(), []));

  const table: [string, Given, RegExp][] = [
    [
      "no admin network",
      { plan: planned("dev", { adminNetworks: [] }) },
      /^dev\.adminNetworks \| none \| .*SSH comes from/,
    ],
    [
      "names too long for a tag",
      { plan: planned("dev", {}, "s".repeat(50)) },
      /^dev\.name \| muster\.s+\.dev, 61 characters \| .*at most 45/,
    ],
    [
      "an image to be baked nowhere",
      { plan: planned("dev", { image: "baked" }) },
      /^muster:cloud\.bake\.network \| none \| an existing network, .* baked; .*lab/,
    ],
    [
      "an image that is baked on a larger disk than machines have",
      {
        plan: planned("dev", { image: "baked" }),
        options: { flavors: { worker: "m1.small" }, flavor: "m1.large", bake: { network: "lab" } },
      },
      /^muster:cloud\.image \| debian-12 for pool worker \| it needs 40 GiB of disk, m1\.small has 20/,
    ],
    [
      "another image by the cluster's own word",
      { plan: planned("dev", { image: "mine" }) },
      /^dev\.image \| "mine" \| on OpenStack baked, or leave it out; .*muster:cloud\.image/,
    ],
    [
      "an unknown image",
      { readings: { images: [], otherImages: ["debian-13", "ubuntu"] } },
      /^muster:cloud\.image \| "debian-12" \| .*did you mean "debian-13"/,
    ],
    ["no image at all", { readings: { images: [] } }, /sees no image at all/],
    [
      "an image that the disk cannot take",
      { options: { flavor: "m1.small" }, readings: { images: [{ ...image, min_disk: 30 }] } },
      /^muster:cloud\.image \| debian-12 for pool master \| it needs 30 GiB of disk, m1\.small has 20$/,
    ],
    [
      "an image that the root volume cannot take",
      { options: { rootVolume: { size: 1 } } },
      /it needs 2 GiB of disk, rootVolume has 1/,
    ],
    [
      "an image that wants more memory",
      { readings: { images: [{ ...image, min_ram: 4096 }] } },
      /4096 MiB of memory, m1\.small has 2048/,
    ],
    [
      "an unknown flavor",
      { options: { flavor: "m1.smal" } },
      /^muster:cloud\.flavor \| "m1\.smal" \| .*did you mean "m1\.small"/,
    ],
    [
      "a flavor that is too small",
      { options: { flavors: { worker: "m1.tiny" } } },
      /^muster:cloud\.flavors\.worker \| m1\.tiny with 512 MiB, 1 CPUs, 1 GiB disk \| pool worker of dev wants 1024 MiB .*enough: m1\.small, m1\.large/,
    ],
    [
      "no flavor that is enough",
      { plan: planned("dev", { pools: { master: 1, worker: { count: 1, memory: "64 GiB" } } }) },
      /^dev\.pools\.worker \| 65536 MiB and 1 CPUs \| no flavor has as much: the largest, m1\.large, has 16384 MiB/,
    ],
    [
      "an unknown zone",
      { options: { zones: ["nova", "noth"] } },
      /^muster:cloud\.zones \| "noth" \| .*did you mean "north"/,
    ],
    ["an unknown key pair", { options: { keyPair: "yours" } }, /^muster:cloud\.keyPair \| "yours" .*mine/],
    [
      "an unknown security group",
      { options: { securityGroups: ["web"] } },
      /^muster:cloud\.securityGroups \| "web" .*default/,
    ],
    ["an unknown router", { options: { router: "core" } }, /^muster:cloud\.router \| "core" .*edge/],
    ["an unknown network", { options: { network: "lob" } }, /^muster:cloud\.network \| "lob" .*did you mean "lab"/],
    [
      "a network without the cluster's subnet",
      { options: { network: "lab" } },
      /^dev\.subnet \| 10\.5\.0\.0\/20 \| network lab has 192\.168\.0\.0\/20/,
    ],
    [
      "no external network",
      { readings: { networks: [] } },
      /^muster:cloud\.externalNetwork \| none named \| this project sees no external network/,
    ],
    [
      "several external networks",
      { readings: { networks: [...readings.networks, { ...readings.networks[0]!, id: "x", name: "internet" }] } },
      /^muster:cloud\.externalNetwork \| none named \| allowed: public, internet/,
    ],
    ["a wrong external network", { options: { externalNetwork: "pubic" } }, /"pubic" \| did you mean "public"/],
    [
      "an address that is not ours",
      { options: { floatingIps: { master: ["198.51.100.1"] } } },
      /^muster:cloud\.floatingIps \| 198\.51\.100\.1 \| not reserved in this project; free: 203\.0\.113\.10/,
    ],
    [
      "an address in use",
      {
        options: { floatingIps: { master: ["203.0.113.10"] } },
        readings: { floatingIps: [{ ...readings.floatingIps[0]!, port_id: "p" }] },
      },
      /203\.0\.113\.10 \| it is in use by another machine/,
    ],
    [
      "more addresses than nodes",
      { options: { floatingIps: { master: ["203.0.113.10", "203.0.113.11"] } } },
      /^muster:cloud\.floatingIps\.master \| 2 addresses \| pool master of dev has 1/,
    ],
    [
      "a VPN that leads to a node without an address outside",
      {
        plan: planned("dev", { pools: { master: 1, worker: 2 }, services: { vpn: true } }),
        options: { floatingIps: { master: "none", worker: "bastions" } },
      },
      /^muster:cloud\.floatingIps \| none for dev-master-1 of muster\.dev\.dev \| .*or leave vpn out/,
    ],
    [
      "no volume service",
      { readings: { volumes: undefined } },
      /^muster:cloud\.dataVolumes .*this cloud has no volumes/,
    ],
    [
      "no volume service to boot from",
      { options: { dataVolumes: false, rootVolume: { size: 9 } }, readings: { volumes: undefined } },
      /^muster:cloud\.rootVolume/,
    ],
  ];
  for (const [what, given, expected] of table) {
    it(`refuses ${what}`, () => {
      const found = refusals(given);
      assert.ok(found.length > 0 && found.some((one) => expected.test(one)), found.join("\n"));
    });
  }

  it("lets a VPN lead to a node with an address, and not where the operator needs none", () => {
    const given: Given = { plan: planned("dev", { services: { vpn: true } }) };
    assert.deepEqual(refusals(given), []);
    assert.equal(refusals({ ...given, options: { floatingIps: "none" } }).length, 1);
  });

  it("takes an existing network with the cluster's subnet, but not addresses that others have there", () => {
    const given: Given = { options: { network: "lab" }, plan: planned("dev", { subnet: "192.168.0.0/20" }) };
    assert.deepEqual(refusals(given), []);
    const port = (address: string, device: string) => ({
      ...{ id: address, name: "", network_id: "n-lab", device_id: device, device_owner: "compute:nova" },
      ...{ security_groups: [], fixed_ips: [{ ip_address: address }] },
    });
    const ports = [port("192.168.0.17", "other"), port("192.168.0.33", "dev-worker-2-id"), port("192.168.0.2", "dhcp")];
    const observed = [machine("dev-worker-2")];
    assert.deepEqual(refusals({ ...given, readings: { ports }, observed }), [
      "dev.subnet | addresses in use by others: 192.168.0.17 (dev-worker-1) | addresses follow from pool and number: use another subnet, or free them",
    ]);
  });

  it("keeps standing machines where they are", () => {
    const observed = [machine("dev-worker-1")];
    assert.match(
      refusals({ observed })[0] ?? "",
      /^muster:cloud\.network \| none \| .*in a network that was there before/,
    );
    const networks = [...readings.networks, ownNetwork];
    assert.deepEqual(refusals({ observed, readings: { networks } }), []);
    const moved = {
      readings: { networks },
      options: { network: "lab" },
      plan: planned("dev", { subnet: "192.168.0.0/20" }),
    };
    assert.match(refusals({ observed, ...moved })[0] ?? "", /in their own network muster\.dev\.dev/);
    const subnets = [{ id: "s", name: "s", network_id: "n-own", cidr: "10.6.0.0/20", tags: [] }];
    assert.match(
      refusals({ observed, readings: { networks, subnets } })[0] ?? "",
      /^dev\.subnet .*keep 10\.6\.0\.0\/20/,
    );
  });
});

describe("an OpenStack's quotas", () => {
  withStateFolder();

  it("are told in one table: need, have, missing, and how many workers fit", () => {
    const quotas = {
      instances: quota(10, 7),
      cores: quota(4, 1),
      RAM: quota(8192),
      ports: quota(500),
      "floating IPs": quota(50, 50),
      volumes: quota(4),
      gigabytes: quota(35),
    };
    assert.deepEqual(refusals({ readings: { quotas } }), [
      "dev.pools | instances: need 5, have 3 of 10 | 2 missing; does not fit even without pool worker",
      "dev.pools | cores: need 5, have 3 of 4 | 2 missing",
      "dev.pools | RAM: need 10240 MiB, have 8192 MiB of 8192 MiB | 2048 MiB missing",
      "dev.pools | floating IPs: need 1, have 0 of 50 | 1 missing",
      "dev.pools | volumes: need 5, have 4 of 4 | 1 missing",
      "dev.pools | gigabytes: need 50 GiB, have 35 GiB of 35 GiB | 15 GiB missing",
    ]);
    const enough = { ...quotas, "floating IPs": quota(50) };
    assert.match(refusals({ readings: { quotas: enough } })[0] ?? "", /2 missing; what fits: 2 of 4 in pool worker$/);
  });

  it("count the address of the server in which an image is baked, until it is there", () => {
    const wanted = { plan: planned("dev", { image: "baked" }), options: { bake: { network: "lab" } } };
    const quotas = { "floating IPs": quota(1) };
    assert.deepEqual(refusals({ ...wanted, readings: { quotas } }), [
      "dev.pools | floating IPs: need 2, have 1 of 1 | 1 missing; does not fit even without pool worker",
    ]);
    const baked = [{ ...image, id: "baked-1", name: bakedName(recipeOf(image, { java: 17 })) }];
    assert.deepEqual(refusals({ ...wanted, readings: { quotas, baked } }), []);
    assert.equal(cloudOf({ readings: { baked } }).imageOf(wanted.plan), "baked-1");
  });

  it("count what is there already as ours, not as a need", () => {
    const observed = plan.nodes.slice(0, 4).map((node) => machine(node.name));
    const volumes = plan.nodes.map((node) => ({
      ...{ id: node.name, name: "", status: "in-use" },
      metadata: { "muster.cluster": "muster.dev.dev", "muster.node": node.name },
    }));
    const full = Object.fromEntries(
      ["networks", "subnets", "routers", "floating IPs", "volumes", "gigabytes"].map((name) => [name, quota(1, 1)]),
    );
    const seen: Partial<Readings> = {
      networks: [...readings.networks, ownNetwork],
      routers: [own({ id: "r", name: "muster.dev.dev" }) as never],
      floatingIps: [own({ id: "i", floating_ip_address: "198.51.100.9" }) as never],
      volumes,
    };
    assert.deepEqual(
      refusals({ observed, readings: { ...seen, quotas: { ...full, instances: quota(5, 4), ports: quota(9, 8) } } }),
      [],
    );
    assert.match(
      refusals({ observed, readings: { ...seen, quotas: { instances: quota(4, 4) } } })[0] ?? "",
      /instances: need 1, have 0 of 4 \| 1 missing; what fits: 3 of 4/,
    );
    const broken = [...observed.slice(1), machine("dev-master-1", { running: false, broken: true })];
    assert.match(
      refusals({ observed: broken, readings: { ...seen, quotas: { instances: quota(5, 4) } } })[0] ?? "",
      /need 2, have 1/,
    );
  });

  it("know the limit of a server group, and the way around it", () => {
    const found = refusals({ readings: { serverGroupMembers: 3 } });
    assert.deepEqual(found, [
      "dev.pools | server group of worker: need 4 members, have 3 | 1 missing; or antiAffinity: { worker: none }; what fits: 3 of 4 in pool worker",
    ]);
    assert.deepEqual(
      refusals({ readings: { serverGroupMembers: 3 }, options: { antiAffinity: { worker: "none" } } }),
      [],
    );
  });

  it("are shown as a table where it fits too, with the most workers that would", () => {
    const quotas = { instances: quota(10, 2), cores: quota(Infinity), volumes: quota(9) };
    const { rows, fits } = cloudOf({ readings: { quotas } }).capacity(plan, []);
    assert.deepEqual(
      rows.map(({ name, need, have, limit }) => [name, need, have, limit]),
      [
        ["instances", 5, 8, 10],
        ["cores", 5, Infinity, Infinity],
        ["volumes", 5, 9, 9],
      ],
    );
    assert.equal(fits, "up to 7 in pool worker, 4 wanted");
    const most = (quotas: Readings["quotas"]) => cloudOf({ readings: { quotas } }).capacity(plan, []).fits;
    assert.equal(most({ instances: quota(3) }), "up to 2 in pool worker, 4 wanted");
    assert.equal(most({ instances: quota(0) }), "does not fit even without pool worker");
    assert.equal(most({}), "up to 1000 or more in pool worker, 4 wanted");
    const inGroups = cloudOf({ readings: { quotas: {}, serverGroupMembers: 10 } }).capacity(plan, []);
    assert.equal(inGroups.fits, "up to 10 in pool worker, 4 wanted");
  });

  it("are shared by the clusters of a run", () => {
    const cloud = cloudOf({ readings: { quotas: { instances: quota(9) } } });
    assert.deepEqual(cloud.preflight(plan, []), []);
    assert.deepEqual(cloud.preflight(plan, []), [], "the same cluster is not counted twice");
    assert.match(cloud.preflight(planned("two"), [])[0]?.found ?? "", /instances: need 5, have 4 of 9/);
  });

  it("that the cloud does not tell refuse nothing", () => assert.deepEqual(refusals({ readings: { quotas: {} } }), []));
});
