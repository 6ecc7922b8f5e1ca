import assert from "node:assert/strict";
import { z } from "zod";
import type { StoredImage } from "../../components/images/images.ts";
import { expectCode } from "../e2e/checkout.ts";
import { during } from "../e2e/during.ts";
import { killAll } from "../e2e/kill-all.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";
import { Bakery } from "./bakery.ts";
import { CloudUser } from "./cloud-user.ts";
import { bringUp, COLD, must, WARM } from "./command.ts";
import { placeOf } from "./place.ts";
import { ownProject } from "./project.ts";
import { serversOf, thingsIn } from "./project-things.ts";
import { Rest } from "./rest.ts";

const MINUTE = 60_000;
const NAME = "baked";
const place = placeOf(NAME);
const imageList = z.object({ images: z.array(z.object({ name: z.string().nullable(), status: z.string() })) });

/** Packer in a server of Nova's, its disk as an image of Glance's, and a cluster of that. Each step needs the one before. */
describe("a cluster of an image that is baked on OpenStack", function () {
  this.timeout(20 * MINUTE);
  eachNeedsTheOneBefore(this);
  const checkout = new CloudUser(place);
  const { name } = checkout;
  let rest: Rest;
  let bakery: Bakery;
  let things: Record<string, string[]>;

  before(async function () {
    this.timeout(COLD * 1000);
    await bringUp(this, "--name", NAME);
    rest = await ownProject(place);
    bakery = new Bakery(rest, place);
    await bakery.make();
    things = await thingsIn(rest);
    checkout.writeStack(name, bakery.stack(name, { image: "baked" }));
  });
  after(async function () {
    this.timeout(WARM * 1000 + 10 * MINUTE);
    await checkout.remove(name);
    await bakery?.remove();
    await must("down", "--name", NAME);
  });

  const images = async (): Promise<string[]> =>
    (await rest.get("image", "/images?visibility=private", imageList)).images.map(
      (image) => `${image.name?.replace(/-[0-9a-f]{12}$/, "")} ${image.status}`,
    );
  const image = (...words: string[]) => checkout.muster("image", ...words, "--stack", name);
  const builders = async (): Promise<string[]> =>
    Object.keys(await serversOf(rest)).filter((server) => server.startsWith("muster-bake-"));
  const node = async (line: string): Promise<string> =>
    expectCode(await checkout.onStack("ssh", "worker-1", "--", line), 0).stdout.trim();

  it("leaves a server behind when its baking is killed outright, which sweep takes away with all it had", async () => {
    const run = checkout.start(["image", "build", "--stack", name]);
    const addressed = async (): Promise<boolean> =>
      (await builders()).length === 1 && (await thingsIn(rest))["floatingips"]?.length === 1;
    await during(run, "its server had an address", addressed);
    await killAll(checkout);
    await run.ended;
    assert.equal((await builders()).length, 1);
    const { stdout } = expectCode(await checkout.onStack("sweep", "--yes"), 0);
    assert.match(stdout, /image builder/);
    assert.deepEqual(await thingsIn(rest), things);
    assert.deepEqual(await images(), []);
  });

  it("comes up by one up, which bakes it first, and leaves nothing of the baking but the image", async () => {
    const { stdout } = await checkout.up();
    assert.match(stdout, new RegExp(`${name} is ready: 2 of 2 nodes`));
    assert.deepEqual(await images(), ["muster-baked active"]);
    assert.deepEqual(Object.keys(await serversOf(rest)).sort(), [`${name}-master-1`, `${name}-worker-1`]);
    const pairs = (await thingsIn(rest))["os-keypairs"] ?? [];
    assert.deepEqual(
      pairs.filter((pair) => pair.startsWith("muster-bake")),
      [],
    );
  });

  it("has nodes that were sent no bundle and installed nothing, and are nobody's copies", async () => {
    const born = Number(await node("stat -c %W /etc/ssh/ssh_host_ed25519_key"));
    const bundle = Number(await node("stat -c %Y /opt/muster/current/bin/prepare"));
    assert.ok(bundle < born, `the bundle came ${bundle - born} s after the host key`);
    const log = await node("sudo cat /var/log/muster/prepare.log");
    assert.match(log, /TASK \[base : Write names/);
    assert.doesNotMatch(log, /TASK \[\S+ : (?:Install|Write the commands|Make the service users?)\b/);
    const master = expectCode(await checkout.onStack("ssh", "master-1", "--", "cat /etc/machine-id"), 0).stdout.trim();
    assert.notEqual(await node("cat /etc/machine-id"), master);
  });

  it("keeps its image from being removed, and bakes none again", async () => {
    const [stored] = JSON.parse(expectCode(await image("list", "--json"), 0).stdout) as StoredImage[];
    assert.deepEqual([stored?.own, stored?.usedBy.sort()], [true, [`${name}-master-1`, `${name}-worker-1`]]);
    assert.match(expectCode(await image("rm", stored?.name ?? ""), 2).stderr, /is in use by .*take these down first/);
    assert.match((await checkout.up()).stdout, /is unchanged/);
    assert.match(expectCode(await image("build"), 0).stdout, /there already/);
  });

  it("is baked again by the next up when somebody removed it, and nobody's machine is touched", async () => {
    const had = await serversOf(rest);
    const [stored] = JSON.parse(expectCode(await image("list", "--json"), 0).stdout) as StoredImage[];
    const id = await rest.named("image", "/images?visibility=private", "images", stored?.name ?? "");
    await rest.delete("image", `/images/${id}`);
    assert.deepEqual(await images(), []);
    await checkout.up();
    assert.deepEqual(await images(), ["muster-baked active"]);
    assert.deepEqual(await serversOf(rest), had);
  });

  it("goes, and then its image, and leaves the project as it was", async () => {
    expectCode(await checkout.onStack("down", "--yes", "--delete-data"), 0);
    const [stored] = JSON.parse(expectCode(await image("list", "--json"), 0).stdout) as StoredImage[];
    expectCode(await image("rm", stored?.name ?? ""), 0);
    assert.deepEqual(await images(), []);
    assert.deepEqual(await thingsIn(rest), things);
  });
});
