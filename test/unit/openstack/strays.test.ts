import assert from "node:assert/strict";
import { removeStrays, straysAmong } from "../../../cli/strays.ts";
import type { StateGlance } from "../../../cli/engine/recovery.ts";
import type { Sweeper, TaggedThing } from "../../../components/clouds/cloud.ts";
import { OpenStackApi } from "../../../components/clouds/openstack/api/client.ts";
import { findCredentials } from "../../../components/clouds/openstack/credentials.ts";
import { openstackSweeper } from "../../../components/clouds/openstack/sweeper.ts";
import { tagsOf } from "../../../components/clouds/openstack/tags.ts";
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
  ids: new Set(["known"]),
  pendingCreates: 0,
};
const capabilities = { dataVolumes: true, floatingIps: true, namesAreUnique: false, startsBy: "refresh" } as const;

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
    cloud.things["security_groups"] = [{ id: "group", name: "g", tags, security_group_rules: [] }];
    cloud.things["ports"] = [
      {
        ...{ id: "port-left", name: "", network_id: "n", device_id: "gone", device_owner: "compute:nova" },
        ...{ fixed_ips: [], security_groups: ["group"] },
      },
    ];
    cloud.things["networks"] = [{ id: "network", name: "n", tags, subnets: [], "router:external": false }];
    sweeper = openstackSweeper(new OpenStackApi(findCredentials({}, cloud.environment), { first: 5, inUse: 5 }));
  });
  afterEach(() => cloud.stop());
  const left = (): string[] => (cloud.things["servers"] ?? []).map(({ id }) => String(id));
  const remove = (has: boolean = true, known: StateGlance = state) =>
    removeStrays({ capabilities: { ...capabilities, dataVolumes: has } }, sweeper, [plan], known, (line) =>
      said.push(line),
    );

  it("are removed with the ports that were left, so that there are never two of one name; nothing else is", async () => {
    await remove();
    assert.deepEqual(left(), ["known", "other", "theirs"]);
    assert.deepEqual(cloud.things["ports"], []);
    assert.equal(cloud.things["networks"]?.length, 1);
    assert.deepEqual(said, [
      "  removed machine dev-worker-2 (lost): an earlier run made it, but never heard of it",
      "  removed machine dev-worker-1 (double): an earlier run made it, but never heard of it",
      "  removed port port-left (port-left): an earlier run made it, but never heard of it",
    ]);
    said = [];
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
    assert.deepEqual(straysAmong(things, [plan], state), []);
  });
});
