import assert from "node:assert/strict";
import { cloudEntry } from "../../../components/clouds/index.ts";
import { specFromArgs } from "../../../plan/config/read.ts";
import { planCluster } from "../../../plan/plan-cluster.ts";
import { FakeOpenStack } from "../../mock/fake-openstack.ts";
import { withStateFolder } from "../../mock/state-folder.ts";
import { flavors, image } from "../../mock/openstack-readings.ts";

const plan = planCluster(specFromArgs("dev", { adminNetworks: ["203.0.113.0/24"] }), {
  project: "muster",
  stack: "dev",
  cloud: "openstack",
});

describe("the cloud openstack", () => {
  withStateFolder();
  let cloud: FakeOpenStack;
  const before = new Map<string, string | undefined>();
  beforeEach(async () => {
    cloud = new FakeOpenStack();
    await cloud.start();
    cloud.things["images"] = [image];
    cloud.things["flavors"] = flavors.map((flavor) => ({ ...flavor }));
    cloud.things["networks"] = [{ id: "n-public", name: "public", "router:external": true, subnets: [], tags: [] }];
    const own = Object.keys(process.env).filter((name) => name.startsWith("OS_"));
    for (const name of [...own, ...Object.keys(cloud.environment)]) {
      before.set(name, process.env[name]);
      delete process.env[name];
    }
    Object.assign(process.env, cloud.environment);
  });
  afterEach(async () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await cloud.stop();
  });
  const entry = async () => (await cloudEntry("openstack")) ?? assert.fail("no such cloud");

  it("is looked at once, all at the same time, and answers from that", async () => {
    const opened = await (await entry()).open({ image: "debian-12" });
    const asked = cloud.asked.length;
    assert.ok(asked <= 17, `${asked} requests`);
    assert.deepEqual(opened.preflight(plan, opened.observe(plan.ref.id)), []);
    assert.equal(opened.imageOf(plan), "image-1");
    assert.equal(cloud.asked.length, asked);
  });

  it("reads limits and what is used of them", async () => {
    cloud.limits = { ...cloud.limits, maxTotalCores: 4, totalCoresUsed: 2, maxTotalRAMSize: -1 };
    cloud.quota["port"] = { limit: 10, used: 4, reserved: 2 };
    cloud.limits["maxTotalVolumeGigabytes"] = 5;
    const opened = await (await entry()).open({ image: "debian-12" });
    const told = opened.preflight(plan, []).map(({ found }) => found);
    assert.deepEqual(told, [
      "cores: need 3, have 2 of 4",
      "ports: need 5, have 4 of 10",
      "gigabytes: need 30 GiB, have 5 GiB of 5 GiB",
    ]);
  });

  it("takes the newest image of that name, an id, or the newest with some properties", async () => {
    cloud.things["images"] = [
      { ...image, id: "new", os_distro: "debian" },
      { ...image, id: "old", os_distro: "debian" },
      { ...image, id: "ubuntu-id", name: "ubuntu", os_distro: "ubuntu" },
    ];
    const chosen = async (wanted: unknown) => (await (await entry()).open({ image: wanted })).imageOf(plan);
    assert.equal(await chosen("debian-12"), "new");
    assert.equal(await chosen("ubuntu-id"), "ubuntu-id");
    assert.equal(await chosen({ properties: { os_distro: "ubuntu" } }), "ubuntu-id");
    const opened = await (await entry()).open({ image: "windows" });
    assert.match(opened.preflight(plan, [])[0]?.allowed ?? "", /no such image; allowed: debian-12, ubuntu/);
  });

  it("sees servers by their metadata: running, stopped, failed with the cloud's own reason", async () => {
    const metadata = (name: string, generation: string) => ({
      ...{ "muster.cluster": plan.ref.id, "muster.node": name, "muster.uid": "u", "muster.kind": "hadoop" },
      ...{ "muster.generation": generation, "muster.address": "10.5.0.17" },
    });
    const server = (name: string, status: string, other = {}) => ({
      ...{ id: `id-${name}`, name, status, tags: ["muster"], metadata: metadata(name, "3"), image: { id: "image-0" } },
      ...other,
    });
    cloud.things["servers"] = [
      server("a", "ACTIVE"),
      server("b", "SHUTOFF", { image: "" }),
      server("c", "ERROR", { fault: { message: "No valid host was found.", code: 500 } }),
      server("d", "BUILD"),
      server("e", "ACTIVE", { metadata: { ...metadata("e", "1"), "muster.cluster": "muster.dev.other" } }),
    ];
    const observe = await (await entry()).observer({ image: 7 });
    const common = { generation: 3, uid: "u", kind: "hadoop", address: "10.5.0.17" };
    assert.deepEqual(observe(plan.ref.id), [
      { name: "a", id: "id-a", running: true, ...common, image: "image-0" },
      { name: "b", id: "id-b", running: false, reason: "its server is in state SHUTOFF", ...common },
      {
        name: "c",
        id: "id-c",
        running: false,
        broken: true,
        reason: "No valid host was found.",
        ...common,
        image: "image-0",
      },
      { name: "d", id: "id-d", running: true, ...common, image: "image-0" },
    ]);
    assert.equal(cloud.asked.length, 2, "one token, one list");
  });

  it("tells mistakes in its options before it asks anybody", async () => {
    await assert.rejects((await entry()).open({ flavour: "x" }), /muster:cloud\.flavour.*did you mean "flavor"/s);
    assert.deepEqual(cloud.asked, []);
  });
});
