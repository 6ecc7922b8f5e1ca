import assert from "node:assert/strict";
import { z } from "zod";
import { ensureFakeBox, place } from "./machines-only/box.ts";
import { MachinesOnlyCluster } from "./machines-only/cluster.ts";
import { PersonsNetwork } from "./persons-network.ts";
import { ownProject } from "./project.ts";
import { thingsIn } from "./project-things.ts";
import { Rest } from "./rest.ts";

const MINUTE = 60_000;
const floatingIps = z.object({ floatingips: z.array(z.object({ fixed_ip_address: z.string().nullable() })) });

/** Several masters, of which two are bastions, in what somebody else made: it is used, and left as it was. */
describe("a cluster beside what was there before", function () {
  this.timeout(20 * MINUTE);
  let rest: Rest;
  let person: PersonsNetwork;
  let cluster: MachinesOnlyCluster;
  let things: Record<string, string[]>;

  before(async function () {
    this.timeout(25 * MINUTE);
    await ensureFakeBox(this);
    rest = await ownProject(place);
    person = new PersonsNetwork(rest);
    await person.make();
    cluster = await MachinesOnlyCluster.on(place);
    things = await thingsIn(rest);
  });
  after(async () => {
    await cluster?.remove();
    await person?.remove();
  });

  /** What the cluster made of a kind. */
  const made = async (kind: string): Promise<number> =>
    ((await thingsIn(rest))[kind]?.length ?? 0) - (things[kind]?.length ?? 0);

  it("stands in a person's network at its planned addresses, and makes no network of its own", async () => {
    cluster.want({
      ...{ masters: 3, workers: 1 },
      ...{ cloud: [`network: ${person.name}`], cluster: [`subnet: ${person.subnet}`] },
    });
    await cluster.up();
    assert.deepEqual([await made("networks"), await made("subnets"), await made("routers")], [0, 0, 0]);
    const [servers, addresses] = [await cluster.servers(), await person.addresses()];
    assert.deepEqual(
      servers.map(({ name, id }) => `${name.slice(cluster.name.length + 1)} ${addresses.get(id)}`),
      ["master-1 10.77.0.16", "master-2 10.77.0.32", "master-3 10.77.0.48", "worker-1 10.77.0.17"],
    );
    // The first two masters are the way in.
    const { floatingips } = await rest.get("network", `/floatingips?project_id=${rest.projectId}`, floatingIps);
    assert.deepEqual(floatingips.map((one) => one.fixed_ip_address).sort(), ["10.77.0.16", "10.77.0.32"]);
    await cluster.expectWhole();
  });

  it("leaves it to the person when it goes", () => cluster.expectGone());

  it("plugs a network of its own into a person's router, and out again", async () => {
    cluster.want({ workers: 1, cloud: [`router: ${person.name}`], cluster: ["subnet: 10.78.0.0/24"] });
    await cluster.up();
    assert.deepEqual([await made("networks"), await made("routers"), await made("floatingips")], [1, 0, 1]);
    await cluster.expectWhole();
    await cluster.expectGone();
  });
});
