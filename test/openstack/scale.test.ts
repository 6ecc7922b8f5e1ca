import assert from "node:assert/strict";
import { expectCode } from "../e2e/checkout.ts";
import { ensureFakeBox, place } from "./machines-only/box.ts";
import { MachinesOnlyCluster } from "./machines-only/cluster.ts";

const MINUTE = 60_000;
const FEW = 3;

/** What many nodes cost is measured by `./muster bench cloud`; here is what must be true at any size. */
describe("twice the nodes on OpenStack", function () {
  this.timeout(30 * MINUTE);
  let cluster: MachinesOnlyCluster;
  before(async function () {
    await ensureFakeBox(this);
    cluster = await MachinesOnlyCluster.on(place);
  });
  after(() => cluster?.remove());

  /** Calls of a first `up` and of the `down` of so many nodes. */
  async function callsOf(nodes: number): Promise<{ up: number; creates: number; down: number }> {
    cluster.want({ workers: nodes - 1 });
    cluster.proxy.calls.clear();
    await cluster.up();
    const [up, creates] = [cluster.proxy.calls.number(), cluster.changesAsked()];
    cluster.proxy.calls.clear();
    expectCode(await cluster.muster("down", "--yes"), 0);
    return { up, creates, down: cluster.proxy.calls.number() };
  }

  it("take at most twice the calls, and one request more for each", async () => {
    const few = await callsOf(FEW);
    const twice = await callsOf(2 * FEW);
    assert.equal(twice.creates - few.creates, FEW);
    assert.ok(twice.up <= 2 * few.up, `up: ${few.up}, then ${twice.up}`);
    assert.ok(twice.down <= 2 * few.down, `down: ${few.down}, then ${twice.down}`);
  });
});
