import assert from "node:assert/strict";
import { removeStrays, straysAmong } from "../../../cli/strays.ts";
import type { StateGlance } from "../../../cli/engine/recovery.ts";
import type { Sweeper, TaggedThing } from "../../../components/clouds/cloud.ts";
import { OpenStackApi } from "../../../components/clouds/openstack/api/client.ts";
import { findCredentials } from "../../../components/clouds/openstack/credentials.ts";
import { openstackSweeper } from "../../../components/clouds/openstack/sweeper.ts";
import { markedName, tagsOf } from "../../../components/clouds/openstack/tags.ts";
import { specFromArgs } from "../../../plan/config/read.ts";
import { planCluster } from "../../../plan/plan-cluster.ts";
import { FakeOpenStack } from "../../mock/fake-openstack.ts";
import { withStateFolder } from "../../mock/state-folder.ts";

const plan = planCluster(specFromArgs("dev", { pools: { master: 1, worker: 2 } }), {
  project: "muster",
  stack: "lab",
  cloud: "openstack",
});
const { id: clusterId } = plan.ref;
const state: StateGlance = {
  exists: true,
  resources: 9,
  names: new Set(["dev-identity", "dev-worker-1"]),
  ids: new Set(["known", "group", "network", "subnet", "rule", "router"]),
  pendingCreates: 0,
};
const capabilities = {
  dataVolumes: true,
  floatingIps: true,
  namesAreUnique: false,
  startsBy: "refresh",
  retries: 2,
} as const;

describe("servers whose creation was answered to nobody", () => {
  withStateFolder();
  let cloud: FakeOpenStack;
  let sweeper: Sweeper;
  let said: string[];
  beforeEach(async () => {
    said = [];
    cloud = new FakeOpenStack();
    await cloud.start();
    const tags = tagsOf(clusterId, "uid");
    const server = (id: string, name: string, own = tags) => ({ id, name, status: "ACTIVE", metadata: {}, tags: own });
    cloud.things["servers"] = [
      server("known", "dev-worker-1"),
      server("lost", "dev-worker-2"),
      server("double", "dev-worker-1"),
      server("other", "dev-worker-2", tagsOf("muster.lab.two", "uid")),
      server("theirs", "dev-worker-2", []),
    ];
    const rule = (id: string, description: string) => ({ id, description });
    cloud.things["security_groups"] = [
      {
        ...{ id: "group", name: "g", tags },
        security_group_rules: [rule("rule", "muster: SSH"), rule("rule-lost", "muster: SSH"), rule("by-hand", "mine")],
      },
      // Killed between the two requests that it takes: it has no tags yet.
      { id: "group-lost", name: "g", description: markedName(clusterId, "all"), tags: [], security_group_rules: [] },
    ];
    cloud.things["security_group_rules"] = [{ id: "rule-lost" }];
    const subnet = (id: string, name: string) => ({ id, name, network_id: "network", cidr: "10.0.0.0/24", tags: [] });
    cloud.things["subnets"] = [
      subnet("subnet", clusterId),
      subnet("subnet-lost", clusterId),
      subnet("by-hand", "mine"),
    ];
    cloud.things["routers"] = [{ id: "router", name: "r", tags }];
    cloud.things["keypairs"] = [{ keypair: { name: markedName(clusterId, "key") } }];
    cloud.things["ports"] = [
      {
        ...{ id: "port-left", name: "", network_id: "n", device_id: "gone", device_owner: "compute:nova" },
        ...{ fixed_ips: [], security_groups: ["group"] },
      },
      ...["subnet", "by-hand"].map((at) => ({
        ...{
          id: `plug-${at}`,
          name: "",
          network_id: "n",
          device_id: "router",
          device_owner: "network:router_interface",
        },
        fixed_ips: [{ ip_address: "10.0.0.1", subnet_id: at }],
      })),
    ];
    cloud.things["networks"] = [{ id: "network", name: "n", tags, subnets: [], "router:external": false }];
    sweeper = openstackSweeper(new OpenStackApi(findCredentials({}, cloud.environment), { first: 5, inUse: 5 }));
  });
  afterEach(() => cloud.stop());
  const ids = (list: string): string[] => (cloud.things[list] ?? []).map(({ id }) => String(id));
  const left = (): string[] => (cloud.things["servers"] ?? []).map(({ id }) => String(id));
  const remove = (has: boolean = true, known: StateGlance = state) =>
    removeStrays({ capabilities: { ...capabilities, dataVolumes: has } }, sweeper, [plan], known, (line) =>
      said.push(line),
    );

  it("are removed, with ports and parts that were left, so that there are never two of one name; nothing else is", async () => {
    const key = markedName(clusterId, "key");
    await remove();
    assert.deepEqual(left(), ["known", "other", "theirs"]);
    assert.deepEqual(ids("ports"), ["plug-by-hand"]);
    assert.deepEqual(ids("subnets"), ["subnet", "by-hand"]);
    assert.deepEqual(ids("security_groups"), ["group"]);
    assert.deepEqual(cloud.things["security_group_rules"], []);
    assert.equal(cloud.things["networks"]?.length, 1);
    assert.deepEqual(said, [
      "  removed machine dev-worker-2 (lost): an earlier run made it, but never heard of it",
      "  removed machine dev-worker-1 (double): an earlier run made it, but never heard of it",
      "  removed port port-left (port-left): an earlier run made it, but never heard of it",
      "  removed router interface r (plug-subnet): an earlier run made it, but never heard of it",
      `  removed subnet ${clusterId} (subnet-lost): an earlier run made it, but never heard of it`,
      "  removed security group rule g (rule-lost): an earlier run made it, but never heard of it",
      "  removed security group g (group-lost): an earlier run made it, but never heard of it",
      `  removed key pair ${key} (${key}): an earlier run made it, but never heard of it`,
    ]);
    said = [];
    // The stand-in keeps a group's rules where they are.
    for (const group of cloud.things["security_groups"] ?? []) group["security_group_rules"] = [];
    await remove();
    assert.deepEqual(said, []);
  });

  it("are not touched where it is the engine's state that was lost", async () => {
    await remove(true, { ...state, names: new Set(), ids: new Set() });
    assert.equal(left().length, 5);
  });

  it("are left, and the run refused, where data may be on their own disks", async () => {
    await assert.rejects(remove(false), /dev-worker-2 \(lost\).*data may be on its disk.*\.\/muster sweep/s);
    assert.equal(left().length, 5);
    assert.deepEqual(said, []);
  });

  it("are none of volumes, of what has a name that is its id, or of other clusters", () => {
    const thing = (part: Partial<TaggedThing>): TaggedThing => ({
      ...{ kind: "machine", id: "x", name: "dev-worker-1", clusterId },
      ...part,
    });
    const things = [
      thing({ kind: "volume" }),
      thing({ resource: "dev-worker-1" }),
      thing({ clusterId: "muster.lab.two" }),
    ];
    assert.deepEqual(straysAmong(things, new Set([clusterId]), state), []);
  });
});
