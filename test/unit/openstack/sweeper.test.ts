import assert from "node:assert/strict";
import { inRemovalOrder, type Sweeper } from "../../../components/clouds/cloud.ts";
import { OpenStackApi } from "../../../components/clouds/openstack/api/client.ts";
import { findCredentials } from "../../../components/clouds/openstack/credentials.ts";
import { openstackSweeper } from "../../../components/clouds/openstack/sweeper.ts";
import { markedName, marksIn, tagsOf } from "../../../components/clouds/openstack/tags.ts";
import { stateId } from "../../../contract/folders.ts";
import { FakeOpenStack } from "../../mock/fake-openstack.ts";
import { withStateFolder } from "../../mock/state-folder.ts";

const ID = "muster.lab.dev";

describe("marks on OpenStack", () => {
  withStateFolder();

  it("fit into tags, and say whose a thing is where only its name can", () => {
    const tags = tagsOf(`p.${"s".repeat(22)}.${"c".repeat(20)}`, "f".repeat(32));
    assert.ok(
      tags.every((tag) => tag.length <= 60 && !/[,/]/.test(tag)),
      tags.join(),
    );
    const name = markedName("muster.my.lab.dev", "worker");
    assert.match(name, /^[A-Za-z0-9 _-]+$/, "as key pairs' names have to be");
    assert.deepEqual(marksIn(name), { clusterId: "muster.my.lab.dev", state: stateId(), part: "worker" });
    for (const other of ["mine", "muster", "muster of puppets", ""]) assert.equal(marksIn(other), undefined, other);
  });
});

describe("sweeping an OpenStack", () => {
  withStateFolder();
  let cloud: FakeOpenStack;
  let sweeper: Sweeper;
  beforeEach(async () => {
    cloud = new FakeOpenStack();
    await cloud.start();
    fill();
    const api = new OpenStackApi(findCredentials({}, cloud.environment), { first: 5, inUse: 5 });
    sweeper = openstackSweeper(api);
  });
  afterEach(() => cloud.stop());

  /** A cluster of ours, one of another state folder, and somebody's own things. */
  function fill(): void {
    const ours = tagsOf(ID, "uid");
    const theirs = ours.map((tag) => tag.replace(stateId(), "feedfeedfeedfeed"));
    const metadata = (tags: string[]) => ({
      muster: "true",
      ...Object.fromEntries(tags.filter((tag) => tag.includes("=")).map((tag) => tag.split("=") as [string, string])),
    });
    for (const [key, prefix, tags] of [
      ["servers", "server", { status: "ACTIVE" }],
      ["networks", "net", {}],
      ["routers", "router", {}],
      ["security_groups", "group", {}],
      ["floatingips", "ip", { floating_ip_address: "198.51.100.1" }],
    ] as const) {
      cloud.things[key] = [
        { id: `${prefix}-1`, name: "ours", tags: ours, ...tags },
        { id: `${prefix}-2`, name: "theirs", tags: theirs, ...tags },
        { id: `${prefix}-3`, name: "somebody's", tags: [], ...tags },
      ];
    }
    cloud.things["volumes"] = [
      { id: "vol-1", name: "dev-worker-1-data", status: "available", metadata: metadata(ours) },
      { id: "vol-3", name: "somebody's", status: "in-use", metadata: {} },
    ];
    cloud.things["server_groups"] = [
      { id: "sg-1", name: markedName(ID, "worker") },
      { id: "sg-3", name: "somebody's" },
    ];
    cloud.things["keypairs"] = [{ keypair: { name: markedName(ID, "key") } }, { keypair: { name: "somebody's" } }];
    const port = (id: string, device: string, owner: string, network = "net-1") => ({
      ...{ id, name: id, network_id: network, device_id: device, device_owner: owner, fixed_ips: [] },
      security_groups: ["group-1"],
    });
    cloud.things["ports"] = [
      port("port-live", "server-1", "compute:nova"),
      port("port-other", "server-3", "compute:nova"),
      port("port-dead", "gone", "compute:nova"),
      port("port-loose", "", ""),
      { ...port("port-plug", "router-1", "network:router_interface"), security_groups: [] },
    ];
  }

  const listed = async (everybodys = false): Promise<string[]> =>
    (await sweeper.list({ everybodys })).map(({ kind, id }) => `${kind} ${id}`);

  it("finds all kinds of things of ours, and nobody else's", async () => {
    assert.deepEqual(await listed(), [
      "machine server-1",
      "floating IP ip-1",
      "port port-dead",
      "port port-loose",
      "volume vol-1",
      "router router-1",
      "network net-1",
      "security group group-1",
      "server group sg-1",
      `key pair ${markedName(ID, "key")}`,
    ]);
    assert.ok((await sweeper.list()).every(({ clusterId }) => clusterId === ID));
  });

  it("finds what was killed before it had its tags", async () => {
    for (const key of ["networks", "routers", "security_groups", "floatingips"]) {
      const [one] = cloud.things[key] ?? [];
      if (one !== undefined) Object.assign(one, { tags: [], description: markedName(ID, "all") });
    }
    const found = await listed();
    for (const thing of ["network net-1", "router router-1", "security group group-1", "floating IP ip-1"])
      assert.ok(found.includes(thing), thing);
    assert.ok(found.includes("port port-dead"), "by its group");
  });

  it("finds what other state folders made only when asked for everybody's", async () => {
    const more = (await listed(true)).filter((thing) => thing.endsWith("-2"));
    assert.deepEqual(more, [
      "machine server-2",
      "floating IP ip-2",
      "router router-2",
      "network net-2",
      "security group group-2",
    ]);
  });

  it("removes all of it, in an order that nothing is in the way of, and leaves the rest", async () => {
    cloud.things["ports"] = cloud.things["ports"]?.filter(({ id }) => id !== "port-live" && id !== "port-other") ?? [];
    const things = [...(await sweeper.list())].reverse().sort(inRemovalOrder);
    for (const thing of things) await sweeper.remove(thing);
    assert.deepEqual(await listed(), []);
    const left = Object.entries(cloud.things).flatMap(([key, all]) =>
      all.map((one) => `${key} ${String(one["name"])}`),
    );
    assert.ok(!left.some((thing) => thing.includes("ours")), left.join());
    assert.equal(left.filter((thing) => thing.endsWith("somebody's")).length, 7);
    const changed = cloud.asked.filter((line) => !/^(GET|POST)/.test(line));
    assert.match(changed[0] ?? "", /^DELETE \/compute\/v2\.1\/servers\/server-1$/);
    const at = (part: string): number => changed.findIndex((line) => line.includes(part));
    assert.ok(
      at("remove_router_interface") < at("DELETE /network/v2.0/routers/") && at("/routers/router-1") < at("/networks/"),
    );
  });

  it("takes a server that Nova lists, though nothing is left of it, for gone", async () => {
    const [server] = cloud.things["servers"] ?? [];
    assert.ok(server);
    const machines = async () => (await sweeper.list()).filter(({ kind }) => kind === "machine").map(({ id }) => id);
    assert.deepEqual(await machines(), ["server-1"]);
    server["status"] = "DELETED";
    assert.deepEqual(await machines(), []);
  });

  it("needs no volume service", async () => {
    cloud.services = ["compute", "network", "image"];
    assert.ok(!(await listed()).some((thing) => thing.startsWith("volume")));
  });
});
