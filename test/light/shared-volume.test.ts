import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { podman } from "../../components/clouds/local/podman.ts";
import { volumeName } from "../../components/clouds/local/tags.ts";
import { Inside } from "../hosts/inside.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";
import { expectCode } from "../e2e/checkout.ts";
import { remains } from "../e2e/machine.ts";
import { OneCluster } from "../e2e/one-cluster.ts";

const MINUTE = 60_000;

class ClusterWithVolume extends OneCluster {
  readonly keepers = ["keep-1", "keep-2", "keep-3"];

  /** @param keepers Their pool's fields, beside role and size. */
  want(keepers: string): void {
    const keep = `keep: { ${keepers}, memory: 512 MiB, roles: [storage] }`;
    this.describe(
      "kind: pool",
      `pools: { ${keep}, node: { count: 1, memory: 256 MiB } }`,
      "services: { glusterfs: { arbiter: true, folders: [{ name: small, quota: 1 GiB }] } }",
    );
  }

  podmans = (node: string): string => this.host(`${this.name}-${node}`);

  /** Runs a line on a node as root. */
  sh = (node: string, line: string): Promise<string> => new Inside(this.podmans(node)).sh(line);

  /** What checks say, by name; `verify` ends with `code`. */
  async told(code = 0): Promise<Record<string, string>> {
    const { stdout } = expectCode(await this.checkout.onStack("verify", "--json"), code);
    const { checks } = JSON.parse(stdout) as { checks: { name: string; ok: boolean; detail: string }[] };
    const own = checks.filter(({ name }) => name.startsWith("glusterfs: "));
    return Object.fromEntries(own.map(({ name, detail }) => [name.slice(11), detail]));
  }

  /** Until a line prints what is wanted. */
  async until(node: string, line: string, wanted: RegExp): Promise<void> {
    const end = Date.now() + MINUTE;
    for (let found = ""; !wanted.test(found); found = await this.sh(node, line).catch(String)) {
      assert.ok(Date.now() < end, `${node}: ${line}: ${found}`);
      await pause(500);
    }
  }
}

/** Hosts without another service, two copies of every file and an arbiter. Each test needs the one before. */
describe("a cluster with a shared volume", function () {
  this.timeout(10 * MINUTE);
  eachNeedsTheOneBefore(this);
  const cluster = new ClusterWithVolume();
  const { checkout, name } = cluster;
  after(() => cluster.remove());

  it("is refused where copies do not go round", async () => {
    cluster.want("count: 4");
    assert.match((await checkout.up(2)).stderr, /services\.glusterfs\.replica +found "?3 copies on 4 storage nodes/);
  });

  it("is ready when every node wrote and read what another one wrote, and nothing is left to heal", async () => {
    cluster.want("count: 3");
    await checkout.up();
    const told = await cluster.told();
    assert.deepEqual(Object.keys(told).sort(), ["quotas", "read there", "volume", "write here"]);
    assert.match(told["volume"] ?? "", /^3 copies, the third of names only on .*-keep-1, .*-keep-3, nothing to heal$/);
    assert.match(told["quotas"] ?? "", /\/shared\/small 0\.00 of 1 GiB, enforced/);
    assert.match(told["write here"] ?? "", /mounted/);
    await cluster.sh("node-1", "seq 100000 >/shared/small/numbers; sync; cd /shared/small && sha256sum numbers >sum");
    assert.match(await cluster.sh("keep-2", "cd /shared/small && sha256sum -c sum"), /numbers: OK/);
  });

  it("goes on when a storage node is killed, and heals what that one missed when it is back", async () => {
    await podman(["kill", cluster.podmans("keep-1")]);
    await cluster.until(
      "node-1",
      "timeout 40 sh -c 'echo written >/shared/small/meanwhile; cat /shared/small/meanwhile'",
      /written/,
    );
    await checkout.up();
    assert.match((await cluster.told())["volume"] ?? "", /nothing to heal$/);
    assert.equal(await cluster.sh("keep-1", "cat /data/glusterfs/brick/small/meanwhile"), "written");
  });

  it("is there again when all machines are made anew, and fills a disk that was lost", async () => {
    const nodes = [...cluster.keepers, "node-1"].map(cluster.podmans);
    await podman(["rm", "--force", "--time", "1", ...nodes]);
    await podman(["volume", "rm", volumeName(cluster.id, `${name}-keep-2`)]);
    await checkout.up();
    assert.match((await cluster.told())["volume"] ?? "", /nothing to heal$/);
    assert.match(await cluster.sh("node-1", "cd /shared/small && sha256sum -c sum && cat meanwhile"), /OK\nwritten/);
    assert.match(await cluster.sh("keep-2", "sha256sum </data/glusterfs/brick/small/numbers"), /^[0-9a-f]{64}/);
    assert.equal(
      await cluster.sh("keep-2", "sha256sum </data/glusterfs/brick/small/numbers"),
      await cluster.sh("keep-1", "sha256sum </data/glusterfs/brick/small/numbers"),
    );
  });

  it("lets no single storage node go, and tells what it holds before everything does", async () => {
    cluster.want("count: 4, without: [2]");
    const { stderr, stdout } = await checkout.onStack("up", "--yes");
    assert.match(`${stderr}${stdout}`, /keep-2 cannot leave: it keeps the same files as .*-keep-1/);
    cluster.want("count: 3");
    assert.match(
      expectCode(await checkout.onStack("down", "--yes"), 2).stderr,
      /glusterfs: \/shared +3 files, .*\nTo lose it, add --delete-data/,
    );
    expectCode(await checkout.onStack("down", "--yes", "--delete-data"), 0);
    assert.deepEqual(await remains(cluster.id), []);
  });
});
