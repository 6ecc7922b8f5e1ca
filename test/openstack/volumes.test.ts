import assert from "node:assert/strict";
import { z } from "zod";
import { TAG } from "../../components/clouds/tags.ts";
import { expectCode } from "../e2e/checkout.ts";
import { until } from "../runner/until.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";
import { ensureFakeBox, place, setQuota } from "./machines-only/box.ts";
import { MachinesOnlyCluster } from "./machines-only/cluster.ts";

const MINUTE = 60_000;
const volume = z.object({
  id: z.string(),
  name: z.string(),
  size: z.number(),
  status: z.string(),
  metadata: z.record(z.string(), z.string()),
  attachments: z.array(z.object({ server_id: z.string() })),
});
type VolumeSeen = z.output<typeof volume>;

/** Cinder's own services, with nothing behind the volumes: who has which, and whether it is there, is all that is asked. */
describe("data on volumes of OpenStack", function () {
  this.timeout(10 * MINUTE);
  eachNeedsTheOneBefore(this);
  let cluster: MachinesOnlyCluster;

  before(async function () {
    this.timeout(25 * MINUTE);
    await ensureFakeBox(this);
    cluster = await MachinesOnlyCluster.on(place);
  });
  after(() => cluster?.remove());

  const want = (workers: number): void => cluster.want({ workers, services: "[hdfs]" });
  /** All of the project, in order of names. */
  const volumes = async (): Promise<VolumeSeen[]> => {
    const found = await cluster.rest.get("volume", "/volumes/detail", z.object({ volumes: z.array(volume) }));
    return found.volumes.sort((a, b) => (a.name < b.name ? -1 : 1));
  };
  const idsOf = (list: readonly { id: string }[]): string[] => list.map(({ id }) => id).sort();

  /** Each node has one, which its server has, and nobody else has any. */
  async function expectOneEach(): Promise<VolumeSeen[]> {
    const [found, servers] = [await volumes(), await cluster.servers()];
    assert.deepEqual(
      found.map(({ name, status, attachments }) => [name, status, attachments.map((one) => one.server_id)]),
      servers.map(({ name, id }) => [`${name}-data`, "in-use", [id]]),
    );
    return found;
  }

  it("has a volume for each node that stores some, tagged, of its size, attached to its server", async () => {
    want(2);
    await cluster.up();
    const found = await expectOneEach();
    assert.deepEqual(
      found.map(({ size, metadata }) => [size, metadata[TAG.cluster], `${metadata[TAG.node]}-data`]),
      cluster.nodes.map((name) => [10, cluster.id, `${name}-data`]),
    );
    await cluster.expectWhole();
  });

  it("stays when a server is deleted behind our back, and the new one gets it", async () => {
    const had = await volumes();
    const victim = (await cluster.servers()).find(({ name }) => name.endsWith("worker-2"));
    assert.ok(victim);
    await cluster.rest.delete("compute", `/servers/${victim.id}`);
    await until("the server is gone", async () => !idsOf(await cluster.servers()).includes(victim.id), 60);
    await cluster.up();
    assert.deepEqual(idsOf(await expectOneEach()), idsOf(had));
    await cluster.expectWhole();
  });

  it("is refused where the quota has no room for it, with numbers and nothing asked for", async () => {
    want(3);
    await setQuota("volumes=3", "gigabytes=35");
    try {
      cluster.proxy.calls.clear();
      const { stdout, stderr } = expectCode(await cluster.muster("up", "--yes"), 2);
      assert.match(stdout + stderr, /volumes.*need 1, have 0 of 3/);
      assert.match(stdout + stderr, /gigabytes.*need 10 GiB, have 5 GiB of 35 GiB/);
      assert.equal(cluster.changesAsked(), 0);
    } finally {
      await setQuota("volumes=-1", "gigabytes=-1");
    }
  });
});
