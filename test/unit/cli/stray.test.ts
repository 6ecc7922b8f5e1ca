import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { backendFolder } from "../../../cli/engine/engine-locks.ts";
import { isStray } from "../../../cli/commands/sweep.ts";
import { cloudOfStack, cloudsInUse } from "../../../cli/clouds.ts";
import { stackFolder } from "../../../cli/engine/stack-folder.ts";
import { inRemovalOrder, type TaggedThing } from "../../../components/clouds/cloud.ts";
import { withStateFolder } from "../../mock/state-folder.ts";

const thing = (changes: Partial<TaggedThing>): TaggedThing => ({
  kind: "machine",
  id: "id-1",
  name: "dev-worker-1",
  clusterId: "muster.lab.dev",
  ...changes,
});

/** The engine's state of the stack `lab`, with one server in it. */
function writeState(): void {
  const folder = join(backendFolder(), ".pulumi", "stacks", "muster");
  mkdirSync(folder, { recursive: true });
  const urn = "urn:pulumi:lab::muster::openstack:compute/instance:Instance::dev-worker-1";
  const resources = [{ type: "openstack:compute/instance:Instance", urn, id: "id-1" }];
  writeFileSync(join(folder, "lab.json"), JSON.stringify({ checkpoint: { latest: { resources } } }));
}

describe("what is stray", () => {
  withStateFolder();
  beforeEach(writeState);

  it("is told by the cloud's own id: a second machine of the same name is", () => {
    assert.equal(isStray(thing({}), "muster"), false);
    assert.equal(isStray(thing({ id: "id-2" }), "muster"), true);
  });

  it("is told by the resource's name where state has no such ids", () => {
    assert.equal(isStray(thing({ id: "container", resource: "dev-worker-1" }), "muster"), false);
    assert.equal(isStray(thing({ id: "container", resource: "dev-worker-2" }), "muster"), true);
  });

  it("is never another project's", () => assert.equal(isStray(thing({ id: "id-2" }), "other"), false));

  it("goes in an order in which nothing is in use any more", () => {
    const kinds: TaggedThing["kind"][] = ["network", "security group", "router", "machine", "volume", "floating IP"];
    assert.deepEqual(
      kinds
        .map((kind) => thing({ kind }))
        .sort(inRemovalOrder)
        .map(({ kind }) => kind),
      ["machine", "floating IP", "volume", "router", "network", "security group"],
    );
  });
});

describe("the clouds that are asked", () => {
  withStateFolder();

  it("are this machine, and a stack's own by its file or by the engine's last copy", () => {
    assert.deepEqual(cloudsInUse(), [{ name: "local", options: {} }]);
    mkdirSync(stackFolder("gone"), { recursive: true });
    const config = "config:\n  muster:cloud: { name: openstack, cloud: lab }\n";
    writeFileSync(join(stackFolder("gone"), "Pulumi.gone.yaml"), config);
    const chosen = { name: "openstack", options: { cloud: "lab" } };
    assert.deepEqual(cloudOfStack("gone"), chosen);
    assert.deepEqual(cloudsInUse(["gone"]), [{ name: "local", options: {} }, chosen]);
    assert.deepEqual(cloudOfStack("dev"), { name: "local", options: {} });
    assert.deepEqual(cloudOfStack("never"), { name: "local", options: {} });
  });
});
