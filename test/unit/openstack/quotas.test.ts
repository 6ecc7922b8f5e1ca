import assert from "node:assert/strict";
import { bakedName, recipeOf } from "../../../components/clouds/openstack/baked-name.ts";
import type { Readings } from "../../../components/clouds/openstack/readings.ts";
import { machine } from "../../mock/fake-cloud.ts";
import { planned, plan, cloudOf, refusals, quota, own, ownNetwork } from "../../mock/openstack-preflight.ts";
import { image, readings } from "../../mock/openstack-readings.ts";
import { withStateFolder } from "../../mock/state-folder.ts";

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
