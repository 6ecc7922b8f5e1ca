import assert from "node:assert/strict";
import type { Printed } from "../e2e/checkout.ts";
import { until } from "../runner/until.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";
import { addImage } from "./cloud.ts";
import { emptyDisk } from "./images.ts";
import { ensureFakeBox, place } from "./machines-only/box.ts";
import { MachinesOnlyCluster, type Shape } from "./machines-only/cluster.ts";
import { PersonsNetwork } from "./persons-network.ts";

const MINUTE = 60_000;

/** What the cloud cannot give, or somebody else has: said before anything is asked for. */
describe("what cannot be made on OpenStack", function () {
  this.timeout(5 * MINUTE);
  let person: PersonsNetwork;
  let cluster: MachinesOnlyCluster;

  before(async function () {
    this.timeout(25 * MINUTE);
    await ensureFakeBox(this);
    cluster = await MachinesOnlyCluster.on(place);
    person = new PersonsNetwork(cluster.rest);
    await person.make();
  });
  after(async function () {
    this.timeout(10 * MINUTE);
    await cluster?.remove();
    await person?.remove();
  });

  function expectRefused(printed: Printed, ...reasons: RegExp[]): void {
    const text = printed.stdout + printed.stderr;
    assert.equal(printed.code, 2, text);
    for (const reason of reasons) assert.match(text, reason);
    assert.equal(cluster.changesAsked(), 0, "something was asked for");
  }

  /** An `up` that is refused for all of these reasons. */
  async function refused(shape: Partial<Shape>, ...reasons: RegExp[]): Promise<void> {
    cluster.want({ workers: 1, ...shape });
    cluster.proxy.calls.clear();
    expectRefused(await cluster.muster("up", "--yes"), ...reasons);
  }

  it("is an image and a flavor that are not there, a zone that is not there: all told at once", () =>
    refused(
      { cloud: ["image: debian-21", "flavor: smal", "zones: [nova, mars]"] },
      /debian-21.*no such image.*debian-12/,
      /smal.*no such flavor.*small/,
      /mars.*there is none of that name.*nova/,
    ));

  it("is a flavor that is too small", () => refused({ cloud: ["flavor: micro"] }, /micro with 512 MiB.*enough: small/));

  it("is an image that needs more disk and memory than its flavor has", async () => {
    const needs = { min_disk: 40, min_ram: 2048 };
    const image = await addImage(cluster.rest, { name: "large-image", ...needs }, await emptyDisk(place));
    try {
      const reasons = [
        /large-image for pool master/,
        /40 GiB of disk, small has 4/,
        /2048 MiB of memory, small has 1024/,
      ];
      await refused({ cloud: ["image: large-image"] }, ...reasons);
    } finally {
      await cluster.rest.delete("image", `/images/${image}`);
    }
  });

  it("is a zone that is closed", async () => {
    const service = `/os-services/${await cluster.computeService()}`;
    await cluster.admin.put("compute", service, { status: "disabled" });
    try {
      await refused({ cloud: ["zones: [nova]"] }, /"nova".*there is none of that name/);
    } finally {
      await cluster.admin.put("compute", service, { status: "enabled" });
    }
  });

  it("is a network that is not there, or whose subnet only overlaps with the cluster's", async () => {
    await refused({ cloud: ["network: person"] }, /person.*there is none of that name.*persons/);
    const half = { cloud: [`network: ${person.name}`], cluster: ["subnet: 10.77.0.0/25"] };
    await refused(half, /10\.77\.0\.0\/25.*network persons has 10\.77\.0\.0\/24/);
  });

  it("is a subnet with too few addresses for the nodes", () =>
    refused({ workers: 20, cluster: ["subnet: 10.79.0.0/27"] }, /10\.79\.0\.0\/27/));

  it("is a node whose planned address somebody else has", async () => {
    const release = await person.take("10.77.0.17");
    try {
      const there = { cloud: [`network: ${person.name}`], cluster: [`subnet: ${person.subnet}`] };
      await refused(there, /addresses in use by others: 10\.77\.0\.17 \(.*-worker-1\)/);
    } finally {
      await release();
    }
  });

  describe("because another user of the project has a cluster of this name", function () {
    eachNeedsTheOneBefore(this);

    it("is refused by the owner's marks, with nothing asked for", async function () {
      this.timeout(10 * MINUTE);
      cluster.want({ workers: 1 });
      await cluster.up();
      cluster.proxy.calls.clear();
      const printed = await cluster.byAnother("up", "--stack", cluster.name, "--yes");
      expectRefused(printed, new RegExp(`${cluster.name}-master-1, .* of another cluster of that name`));
    });

    it("is not in the other's list of leftovers, either", async () => {
      const { stdout, stderr, code } = await cluster.byAnother("sweep");
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stdout + stderr, new RegExp(cluster.name));
    });

    it("is left as it was", async function () {
      this.timeout(10 * MINUTE);
      await cluster.expectWhole();
      await cluster.muster("down", "--yes");
      await until("its servers are gone", async () => (await cluster.servers()).length === 0, 60);
    });
  });
});
