import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../../../components/clouds/local/image-name.ts";
import { podman } from "../../../components/clouds/local/podman.ts";
import { TAG } from "../../../components/clouds/tags.ts";
import { bundleHash } from "../../../contract/bundle-sources.ts";
import { cacheFolder } from "../../../contract/folders.ts";

import { readKit } from "../../../runner/bundle/kit.ts";
import { Checkout, expectCode } from "../../e2e/checkout.ts";
import { containerIds } from "../../e2e/machine.ts";
import { end } from "../../hosts/muster-local.ts";
import { eachNeedsTheOneBefore } from "../../steps.ts";

const MINUTE = 60_000;

/** Parts of the cache that are tools, brought long before; everything else is built or fetched by the clusters' own runs. */
const TOOLS = /^(engine|node|go)-|^(pulumi-home|python|pulumi-on-path)$/;

/** One stack with one cluster of the same name, in somebody's checkout. */
interface Own {
  checkout: Checkout;
  stack: string;
  pools: string;
}

describe("two users of one machine, and two stacks of one of them", function () {
  this.timeout(5 * MINUTE);
  eachNeedsTheOneBefore(this);
  const [ada, bob] = [new Checkout(), new Checkout()];
  const everybody = [ada, bob];
  const mine: Own[] = [
    { checkout: ada, stack: ada.name, pools: "{ master: 1, worker: 1 }" },
    { checkout: ada, stack: `${ada.name}b`, pools: "{ master: 1 }" },
    { checkout: bob, stack: bob.name, pools: "{ master: 1 }" },
  ];
  const [adas, adasOther, bobs] = mine as [Own, Own, Own];
  const cache = join(ada.folder, "cache");
  const shared = { XDG_CACHE_HOME: cache };
  const built = (...parts: string[]): string => join(cache, "muster", ...parts);
  const muster = (own: Own, ...args: string[]) =>
    own.checkout.musterWith(shared, ...args.slice(0, 1), "--stack", own.stack, ...args.slice(1));
  const idOf = ({ checkout, stack }: Own): string => checkout.clusterId(stack, stack);
  const hosts = (...whose: Own[]) => Promise.all(whose.map((own) => containerIds(idOf(own))));
  const write = ({ checkout, stack, pools }: Own): void =>
    checkout.writeStack(
      stack,
      `config:
  muster:cloud: local
  muster:clusters:
    - { name: ${stack}, pools: ${pools}, services: [] }
`,
    );

  before(() => {
    mkdirSync(built(), { recursive: true });
    for (const part of readdirSync(cacheFolder()).filter((name) => TOOLS.test(name)))
      symlinkSync(join(cacheFolder(), part), built(part));
    mine.forEach(write);
  });

  after(async function () {
    this.timeout(5 * MINUTE);
    await ada.remove(adas.stack, adasOther.stack).finally(() => bob.remove(bobs.stack));
  });

  it("all come up, started at the same moment with nothing built", async function () {
    this.timeout(15 * MINUTE);
    const ups = await Promise.all(mine.map((own) => muster(own, "up", "--yes")));
    for (const [at, own] of mine.entries()) {
      const printed = ups[at];
      assert.ok(printed);
      const nodes = own === adas ? 2 : 1;
      assert.match(expectCode(printed, 0).stdout, new RegExp(`${own.stack} is ready: ${nodes} of ${nodes} nodes`));
    }
  });

  it("have built once what they share, and nothing half", async () => {
    const sha = bundleHash();
    assert.deepEqual(readdirSync(built("bundles")), [`${sha}.tar.gz`]);
    const listed = await end("tar", ["--list", "--gzip", "--file", built("bundles", `${sha}.tar.gz`)]);
    assert.equal(listed.code, 0, listed.stderr);
    assert.match(listed.stdout, /\.\/kit\/ansible\/.*\.\/roles\/site\.yml/s);
    const wheels = readdirSync(built("wheels")).map((file) =>
      createHash("sha256")
        .update(readFileSync(built("wheels", file)))
        .digest("hex"),
    );
    assert.deepEqual(
      wheels.sort(),
      readKit()
        .wheels.map(({ sha256 }) => sha256)
        .sort(),
    );
  });

  it("have hosts that carry their own owner's name and are apart", async () => {
    const subnets = mine.map(async (own) => {
      const id = readFileSync(join(own.checkout.state, "id"), "utf8").trim();
      const names = Object.keys(await containerIds(idOf(own)));
      for (const host of names) {
        const label = await podman(["inspect", "--format", `{{index .Config.Labels "${TAG.state}"}}`, host]);
        assert.equal(label.trim(), id, host);
      }
      const network = ["network", "inspect", "--format", "{{range .Subnets}}{{.Subnet}}{{end}}", idOf(own)];
      return (await podman(network)).trim();
    });
    assert.equal(new Set(await Promise.all(subnets)).size, mine.length);
  });

  it("are refused a name that somebody else's cluster has, whose hosts are none the worse for it", async () => {
    const before = await hosts(adas);
    const same = { ...adas, checkout: bob };
    write(same);
    const { stderr } = expectCode(await muster(same, "up", "--yes"), 2);
    assert.match(stderr, new RegExp(`"${adas.stack}", but ${adas.stack}-master-1.*they may be another user's`, "s"));
    expectCode(await muster(same, "down", "--yes", "--delete-data"), 0);
    assert.deepEqual(await hosts(adas), before);
    expectCode(await muster(adas, "verify"), 0);
  });

  it("sweep nothing away that lives", async () => {
    const before = await hosts(...mine);
    for (const own of mine)
      assert.equal(expectCode(await muster(own, "sweep", "--yes"), 0).stdout, "nothing to sweep\n");
    assert.deepEqual(await hosts(...mine), before);
  });

  it("go one by one, and the others stay as they are", async () => {
    const before = await hosts(adas, bobs);
    expectCode(await muster(adasOther, "down", "--yes"), 0);
    assert.deepEqual(await hosts(adas, adasOther, bobs), [before[0], {}, before[1]]);
    expectCode(await muster(bobs, "down", "--yes"), 0);
    assert.deepEqual(await hosts(adas, bobs), [before[0], {}]);
    expectCode(await muster(bobs, "sweep", "--yes"), 0);
    assert.deepEqual(await hosts(adas), before.slice(0, 1));
    assert.match(expectCode(await muster(adas, "up", "--yes"), 0).stdout, /is unchanged/);
    expectCode(await muster(adas, "verify"), 0);
  });

  it("make the image of hosts once, both at the same moment", async () => {
    // A small one under another name: the real one is in use.
    const own = `${REPOSITORY}-${ada.name}`;
    for (const checkout of everybody) {
      const file = checkout.path("components/clouds/local/image-name.ts");
      const text = readFileSync(file, "utf8");
      writeFileSync(file, text.replace(`"${REPOSITORY}"`, JSON.stringify(own)));
      writeFileSync(checkout.path("images/local/Containerfile"), "ARG BASE\nFROM ${BASE}\nRUN sleep 1\n");
    }
    try {
      const ensured = await Promise.all(
        everybody.map((checkout) =>
          end(checkout.path("bin/muster-local"), ["image", "ensure"], {
            ...process.env,
            ...shared,
            MUSTER_NODE: process.execPath,
            XDG_STATE_HOME: join(checkout.folder, "home", "state"),
          }),
        ),
      );
      for (const { code, stderr } of ensured) assert.equal(code, 0, stderr);
      const [first, second] = ensured.map(({ stdout }) => stdout.trim());
      assert.equal(first, second);
      assert.ok(first?.startsWith(`${own}:`), first);
      const builds = ensured.filter(({ stderr }) => stderr.includes(`image: building ${first}`));
      assert.equal(builds.length, 1);
    } finally {
      const images = await podman(["images", "--filter", `reference=${own}`, "--format", "{{.ID}}"]);
      for (const image of new Set(images.split("\n").filter((line) => line !== "")))
        await podman(["rmi", "--force", image]);
    }
  });
});
