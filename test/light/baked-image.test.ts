import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StoredImage } from "../../components/images/images.ts";
import { podman } from "../../components/clouds/local/podman.ts";
import { Inside } from "../hosts/inside.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";
import { Checkout, expectCode, type Printed } from "../e2e/checkout.ts";
import { during } from "../e2e/during.ts";
import { killAll } from "../e2e/kill-all.ts";
import { containerIds, processesMentioning } from "../e2e/machine.ts";

const MINUTE = 60_000;
const everything = process.env["MUSTER_FULL"] !== undefined;

/** Two clusters, each of as little as there is, or with Hadoop on it. */
function stackOf(name: string): string {
  const [pools, services] = everything
    ? ["{ master: 1, worker: 1 }", "{ yarn: false, mapreduce: false }"]
    : ["{ master: { count: 1, memory: 512 MiB } }", "[]"];
  const cluster = (end: string): string => `    - name: ${name}${end}
      image: baked
      pools: ${pools}
      services: ${services}
`;
  return `config:\n  muster:cloud: local\n  muster:clusters:\n${cluster("a")}${cluster("b")}`;
}

describe("clusters of a baked image", function () {
  this.timeout(15 * MINUTE);
  eachNeedsTheOneBefore(this);
  let checkout: Checkout;
  let install = "";

  /** The image's own script, by which its name is one that nobody else's image has. */
  const writeInstall = (...more: string[]): void =>
    writeFileSync(checkout.path("images/baked/install"), [install, `# ${checkout.name}`, ...more, ""].join("\n"));

  const image = (...words: string[]): Promise<Printed> => checkout.muster("image", ...words, "--stack", checkout.name);
  const listed = async (): Promise<StoredImage[]> =>
    JSON.parse(expectCode(await image("list", "--json"), 0).stdout) as StoredImage[];
  const ofThisState = (): string[] => [
    "--filter",
    `label=muster.state=${readFileSync(join(checkout.state, "id"), "utf8").trim()}`,
  ];
  const builders = async (): Promise<string[]> => {
    const rows = await podman([
      "ps",
      "--all",
      "--filter",
      "name=^muster-bake-",
      ...ofThisState(),
      "--format",
      "{{.Names}}",
    ]);
    return rows.split("\n").filter((name) => name !== "");
  };
  const halves = async (): Promise<string> =>
    podman(["images", "--filter", "dangling=true", ...ofThisState(), "--quiet"]);

  /** Others on this machine may bake as well. */
  const own = async (): Promise<StoredImage[]> => (await listed()).filter((baked) => baked.own);
  const host = (end: string, node = `${checkout.name}${end}-master-1`): string =>
    `${checkout.clusterId(checkout.name, `${checkout.name}${end}`)}.${node}`;

  before(() => {
    checkout = new Checkout();
    checkout.writeStack(checkout.name, stackOf(checkout.name));
    install = readFileSync(checkout.path("images/baked/install"), "utf8");
  });

  after(async () => {
    try {
      await checkout.onStack("down", "--yes", "--delete-data");
      await checkout.onStack("sweep", "--yes");
      const names = (await own()).map(({ name }) => name);
      if (names.length > 0) expectCode(await image("rm", ...names), 0);
    } finally {
      await checkout.remove(checkout.name);
    }
  });

  it("say what failed when the template fails half-way, and nothing half is left", async () => {
    writeInstall('echo "install: made-up: Install what is nowhere: no such thing" >&2', "exit 1");
    const { stderr } = await checkout.up(1);
    assert.match(stderr, /images\/baked\/local\.pkr\.hcl: install: made-up: Install what is nowhere: no such thing/);
    assert.deepEqual([await builders(), await halves(), await own()], [[], "", []]);
    assert.deepEqual(await containerIds(checkout.clusterId(checkout.name, `${checkout.name}a`)), {});
  });

  it("take everything back when the baking is stopped", async () => {
    writeInstall("echo sleeping", "sleep 600");
    const run = checkout.start(["image", "build", "--stack", checkout.name]);
    await during(run, "a builder ran", async () => (await builders()).length === 1);
    run.child.kill("SIGINT");
    assert.match(expectCode(await run.ended, 1).stderr, /stopped; nothing of the image is left/);
    assert.deepEqual([await builders(), await halves(), await own()], [[], "", []]);
    assert.deepEqual(processesMentioning(checkout.folder), []);
  });

  it("leave a builder behind when everything is killed, which sweep takes away", async () => {
    const run = checkout.start(["image", "build", "--stack", checkout.name]);
    await during(run, "a builder ran", async () => (await builders()).length === 1);
    await killAll(checkout);
    await run.ended;
    assert.equal((await builders()).length, 1);
    const { stdout } = expectCode(await checkout.onStack("sweep", "--yes"), 0);
    assert.match(stdout, /image builder/);
    assert.deepEqual([await builders(), await halves(), await own()], [[], "", []]);
  });

  it("come up by the same plain up as soon as the template works, of one image for both", async () => {
    writeInstall();
    await checkout.up();
    const [baked, ...more] = await own();
    assert.ok(baked);
    assert.equal(more.length, 0);
    assert.ok(baked.usedBy.includes(host("a")) && baked.usedBy.includes(host("b")), baked.usedBy.join(", "));
    assert.deepEqual([await builders(), await halves()], [[], ""]);
  });

  it("are sent no bundle, and install nothing: it was in the image", async () => {
    for (const end of ["a", "b"]) {
      const inside = new Inside(host(end));
      const born = Number(await inside.sh("stat -c %Y /var/lib/muster/first-boot"));
      const bundle = Number(await inside.sh("stat -c %Z /opt/muster/current/bin/prepare"));
      assert.ok(bundle < born, `the bundle came ${bundle - born} s after the first boot`);
      const log = await inside.sh("cat /var/log/muster/prepare.log");
      // Ansible tells tasks that changed something, no others.
      assert.match(log, /TASK \[base : Write names/);
      assert.doesNotMatch(log, /TASK \[\S+ : (?:Install|Write the commands|Make the service users?)\b/);
    }
  });

  it("keep their image from being removed, and need no other one", async () => {
    const name = (await own())[0]?.name ?? "";
    const { stderr } = expectCode(await image("rm", name), 2);
    assert.match(stderr, /is in use by .*take these down first/);
    assert.match((await checkout.up()).stdout, /is unchanged/);
    assert.match(expectCode(await image("build"), 0).stdout, /there already/);
  });
});
