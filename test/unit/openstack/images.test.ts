import assert from "node:assert/strict";
import { entry } from "../../../components/clouds/openstack/entry.ts";
import { builderName } from "../../../components/clouds/openstack/builders.ts";
import { bakedName, recipeOf } from "../../../components/clouds/openstack/baked-name.ts";
import type { Images } from "../../../components/images/images.ts";
import { stateId } from "../../../contract/folders.ts";
import { FakeOpenStack } from "../../mock/fake-openstack.ts";
import { flavors, image } from "../../mock/openstack-readings.ts";
import { withStateFolder } from "../../mock/state-folder.ts";

const versions = { java: 17 };
const recipe = recipeOf(image, versions);
const name = bakedName(recipe);

describe("baked images of OpenStack's servers", () => {
  withStateFolder();
  const usual = { ...process.env };
  let cloud: FakeOpenStack;
  let images: Images;

  beforeEach(async () => {
    cloud = new FakeOpenStack();
    await cloud.start();
    for (const one of Object.keys(process.env).filter((variable) => variable.startsWith("OS_")))
      Reflect.deleteProperty(process.env, one);
    Object.assign(process.env, cloud.environment);
    cloud.things["images"] = [image];
    cloud.things["flavors"] = flavors.map((flavor) => ({ ...flavor }));
    cloud.things["networks"] = [
      { id: "n-public", name: "public", "router:external": true, subnets: [], tags: [] },
      { id: "n-lab", name: "lab", "router:external": false, subnets: [], tags: [] },
    ];
    cloud.things["security_groups"] = [{ id: "g-1", name: "ssh", tags: [], security_group_rules: [] }];
    images = await open({ bake: { network: "lab", securityGroups: ["ssh"], loginUser: "admin" } });
  });
  afterEach(async () => {
    for (const variable of Object.keys(cloud.environment)) Reflect.deleteProperty(process.env, variable);
    Object.assign(process.env, usual);
    await cloud.stop();
  });

  const open = async (options: object): Promise<Images> =>
    (await entry.images?.({ image: "debian-12", ...options })) ?? assert.fail("none");
  const baked = (more: object = {}) => ({
    ...image,
    ...{ id: "baked-1", name, size: 3 * 2 ** 30, visibility: "private", "muster.state": stateId() },
    ...more,
  });
  const ids = (key: string): unknown[] => (cloud.things[key] ?? []).map(({ id }) => id);

  it("are found by what they are made of, and only when they are done", async () => {
    const baker = await images.baker(versions);
    assert.equal(baker.name, name);
    assert.equal(await baker.find(), undefined);
    cloud.things["images"]?.push(baked({ status: "saving" }));
    assert.equal(await baker.find(), undefined);
    cloud.things["images"] = [image, baked()];
    assert.equal(await baker.find(), "baked-1");
    assert.notEqual((await images.baker({ java: 21 })).name, name);
    assert.notEqual(recipeOf({ ...image, id: "image-2" }, versions), recipe);
  });

  it("are made in a server of the person's choice", async () => {
    const { variables } = await (await images.baker(versions)).prepare("");
    const { flavor, ...rest } = variables;
    assert.deepEqual(rest, {
      name,
      builder: builderName(recipe),
      base: "image-1",
      network: "n-lab",
      security_groups: ["ssh"],
      external_network: "n-public",
      login_user: "admin",
      cloud: "",
      region: "RegionOne",
      endpoint_type: "public",
      owner: stateId(),
    });
    const roomy = flavors.filter(({ ram }) => ram >= 1024).sort((a, b) => a.disk - b.disk);
    assert.equal(flavor, roomy[0]?.id);
  });

  it("are refused where nobody said in which network, in all points at once", async () => {
    const elsewhere = await open({ flavor: "huge", bake: { securityGroups: ["shh"] } });
    const baker = await elsewhere.baker(versions);
    await assert.rejects(
      async () => baker.prepare(""),
      (error: Error) => {
        assert.match(
          error.message,
          /muster:cloud\.bake\.network\s+found none\s+an existing network.*; did you mean "lab"|lab/,
        );
        assert.match(error.message, /muster:cloud\.bake\.securityGroups\s+found "shh"\s+there is none.*"ssh"/);
        assert.match(error.message, /muster:cloud\.bake\.flavor\s+found "huge"/);
        return true;
      },
    );
  });

  it("are listed with who made them and who is made of them, and removed by name", async () => {
    cloud.things["images"]?.push(
      baked(),
      baked({ id: "baked-2", name: "muster-baked-0123456789ab", "muster.state": "feed" }),
      { ...image, id: "mine", name: "mine", visibility: "private" },
    );
    cloud.things["servers"] = [
      { id: "s-1", name: "dev-worker-1", status: "ACTIVE", tags: ["muster"], image: { id: "baked-1" } },
      { id: "s-2", name: "dev-worker-2", status: "ACTIVE", tags: ["muster"], image: "" },
    ];
    assert.deepEqual(
      (await images.list()).map(({ name: called, own, size, usedBy }) => [called, own, size, usedBy]),
      [
        [name, true, 3072, ["dev-worker-1"]],
        ["muster-baked-0123456789ab", false, 3072, []],
      ],
    );
    await images.remove("muster-baked-0123456789ab");
    assert.deepEqual(ids("images"), ["image-1", "baked-1", "mine"]);
  });

  /** What a build leaves that was killed while its image was saved; another state folder's beside it. */
  function leave(): void {
    const others = builderName(recipe).replace(stateId(), "feedfeedfeedfeed");
    const server = (id: string, called: string) => ({ id, name: called, status: "ACTIVE", tags: [], metadata: {} });
    cloud.things["servers"] = [
      server("b-1", builderName(recipe)),
      server("b-2", others),
      server("s-1", "dev-worker-1"),
    ];
    const port = (id: string, device: string) => ({ id, name: "", network_id: "n-lab", device_id: device });
    cloud.things["ports"] = [port("p-1", "b-1"), port("p-2", "s-1")];
    const address = (id: string, at: string) => ({ id, floating_ip_address: "198.51.100.1", port_id: at, tags: [] });
    cloud.things["floatingips"] = [address("ip-1", "p-1"), address("ip-2", "p-2")];
    cloud.things["keypairs"] = [{ keypair: { name: builderName(recipe) } }, { keypair: { name: "mine" } }];
    cloud.things["images"]?.push(
      baked({ id: "half", status: "saving" }),
      baked({ id: "others-half", status: "saving", "muster.state": "feed" }),
      baked({ id: "whole" }),
    );
  }

  function assertOnlyOthersAreLeft(): void {
    assert.deepEqual(ids("servers"), ["b-2", "s-1"]);
    assert.deepEqual(ids("floatingips"), ["ip-2"]);
    assert.deepEqual(cloud.things["keypairs"], [{ keypair: { name: "mine" } }]);
    assert.deepEqual(ids("images"), ["image-1", "others-half", "whole"]);
  }

  it("leave nothing half when a build was killed, and nothing of others' is touched", async () => {
    leave();
    await (await images.baker(versions)).clear();
    assertOnlyOthersAreLeft();
  });

  it("have builders that sweep takes away, but not while somebody bakes in them", async () => {
    leave();
    const sweeper = await entry.sweeper({});
    const found = async () => (await sweeper.list()).filter(({ kind }) => kind === "image builder");
    const baker = await images.baker(versions);
    await baker.inTurn(async () => assert.deepEqual(await found(), []));
    const [builder, ...more] = await found();
    assert.deepEqual([builder?.id, builder?.clusterId, more], ["b-1", "", []]);
    assert.equal((await sweeper.list({ everybodys: true })).filter(({ kind }) => kind === "image builder").length, 2);
    await sweeper.remove(builder ?? assert.fail("none"));
    assertOnlyOthersAreLeft();
  });
});
