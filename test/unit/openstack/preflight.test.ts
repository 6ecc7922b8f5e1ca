import assert from "node:assert/strict";
import { machine } from "../../mock/fake-cloud.ts";
import { planned, type Given, refusals, ownNetwork } from "../../mock/openstack-preflight.ts";
import { image, readings } from "../../mock/openstack-readings.ts";
import { withStateFolder } from "../../mock/state-folder.ts";

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
