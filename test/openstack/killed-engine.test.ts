import assert from "node:assert/strict";
import { expectCode } from "../e2e/checkout.ts";
import { reaches } from "../faults/breakable-cluster.ts";
import { everyMoment, fraction, seed } from "../faults/moments.ts";
import { killEngine } from "../faults/strikes.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";
import { ensureFakeBox, place } from "./machines-only/box.ts";
import { MachinesOnlyCluster } from "./machines-only/cluster.ts";

const MINUTE = 60_000;
/** How many of the moments are met without `--full`. */
const FEW = 3;

/** At every tenth thing that the engine tells of a first `up` it is killed; with `--full` at all of them. */
describe(`an engine that is killed while it makes things on OpenStack (MUSTER_FAULT_SEED=${seed})`, function () {
  this.timeout((everyMoment ? 300 : 60) * MINUTE);
  eachNeedsTheOneBefore(this);
  let cluster: MachinesOnlyCluster;
  let moments: number[] = [];

  before(async function () {
    await ensureFakeBox(this);
    cluster = await MachinesOnlyCluster.on(place);
    cluster.want({ workers: 2 });
  });
  after(() => cluster?.remove());

  it("tells its moments, and leaves nothing when it goes", async () => {
    const run = cluster.startUp();
    expectCode(await run.ended, 0);
    moments = Array.from({ length: Math.floor(run.timeline().engine / 10) }, (_, at) => 10 * (at + 1));
    assert.ok(moments.length > FEW, `only ${run.timeline().engine} events`);
    await cluster.expectGone();
  });

  it("a plain up makes the cluster whole, nothing twice, and nothing is left when it goes", async () => {
    for (const moment of everyMoment ? moments : fewOf(moments)) {
      try {
        const run = cluster.startUp();
        assert.ok(await reaches(run, { of: "engine", index: moment }), "the run ended before");
        assert.ok(await killEngine(cluster, run), "the engine had ended");
        await cluster.up();
        await cluster.expectWhole();
        await cluster.expectGone();
      } catch (error) {
        throw new Error(`killed at engine event ${moment}: ${(error as Error).message}`, { cause: error });
      }
    }
  });
});

/** One of each part of the run, chosen by the seed. */
function fewOf(moments: readonly number[]): number[] {
  const parts = Array.from({ length: FEW }, (_, part) => (part + fraction(`${seed} openstack ${part}`)) / FEW);
  return [...new Set(parts.map((at) => moments[Math.floor(at * moments.length)] ?? 10))];
}
