import assert from "node:assert/strict";
import { Inside } from "../hosts/inside.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";
import { expectCode } from "../e2e/checkout.ts";
import { remains } from "../e2e/machine.ts";
import { OneCluster } from "../e2e/one-cluster.ts";

const MINUTE = 60_000;

class ClusterWithFiles extends OneCluster {
  want(server: string): void {
    this.describe(
      "kind: pool",
      `pools: { node: { count: 2, memory: 256 MiB }, files: { count: 1, memory: 512 MiB${server} } }`,
      "users: [ada]",
      "services: { nfs: { home: true, exports: [{ path: /shared, quota: 1 GiB }] } }",
    );
  }

  /** Runs a line on a node as root. */
  sh = (node: string, line: string): Promise<string> => new Inside(this.host(`${this.name}-${node}`)).sh(line);
}

/** Hosts without another service that share folders. Each test needs the one before. */
describe("a cluster with shared files", function () {
  this.timeout(8 * MINUTE);
  eachNeedsTheOneBefore(this);
  const cluster = new ClusterWithFiles();
  const { checkout, name } = cluster;
  after(() => cluster.remove());

  it("is refused without a node for the server", async () => {
    cluster.want("");
    assert.match((await checkout.up(2)).stderr, /pools +found no node with role master +nfs of nfs needs one/);
  });

  it("is ready when every node wrote and read what another one wrote; verify tells by which way", async () => {
    cluster.want(", roles: [storage]");
    await checkout.up();
    const { stdout } = expectCode(await checkout.onStack("verify", "--json"), 0);
    const { checks } = JSON.parse(stdout) as { checks: { name: string; ok: boolean; detail: string }[] };
    const told = Object.fromEntries(checks.filter((one) => one.name.startsWith("nfs")).map((one) => [one.name, one]));
    assert.deepEqual(Object.keys(told).sort(), ["nfs: quotas", "nfs: read there", "nfs: server", "nfs: write here"]);
    assert.ok(Object.values(told).every(({ ok }) => ok));
    assert.match(told["nfs: server"]?.detail ?? "", /NFS-Ganesha, in user space/);
    assert.match(told["nfs: read there"]?.detail ?? "", /by libnfs, as this kernel mounts no NFS/);
  });

  it("names a node that did not write", async () => {
    const url = `nfs://${await cluster.sh("files-1", "hostname -i | cut -d' ' -f1")}/data/nfs/shared/shared`;
    await cluster.sh("node-1", `echo hello >/root/note && nfs-cp /root/note '${url.trim()}/note?version=4'`);
    assert.match(await cluster.sh("files-1", "cat /shared/note"), /hello/);
    assert.match(await cluster.sh("node-2", `nfs-cat '${url.trim()}/note?version=4'`), /hello/);
    await cluster.sh("node-1", "mv /usr/bin/nfs-cp /usr/bin/nfs-cp.away");
    const printed = await checkout.onStack("verify", "--json");
    await cluster.sh("node-1", "mv /usr/bin/nfs-cp.away /usr/bin/nfs-cp");
    assert.notEqual(printed.code, 0);
    const { checks } = JSON.parse(printed.stdout) as { checks: { name: string; ok: boolean; detail: string }[] };
    assert.match(
      checks.find((one) => one.name === "nfs: write here")?.detail ?? "",
      new RegExp(`${name}-node-1: .*nfs-cp`),
    );
  });

  it("says that a silent server does not answer, soon and by name, and lets everybody log in", async () => {
    await cluster.sh("files-1", "systemctl kill --signal=STOP muster-nfs");
    const startedAt = Date.now();
    const printed = await checkout.onStack("verify", "--json");
    assert.ok(Date.now() - startedAt < 2 * MINUTE, `${Date.now() - startedAt} ms`);
    assert.notEqual(printed.code, 0);
    const { checks } = JSON.parse(printed.stdout) as { checks: { name: string; ok: boolean; detail: string }[] };
    const failed = checks.filter((one) => !one.ok).map((one) => `${one.name}: ${one.detail}`);
    assert.deepEqual(failed, [
      "nfs: server: no answer: timed out",
      "nfs: write here: not run, needs: nfs: server",
      "nfs: read there: not run, needs: nfs: write here",
    ]);
    assert.equal(expectCode(await checkout.onStack("ssh", "node-1", "--", "id -un"), 0).stdout.trim(), "muster");
  });

  it("tells what its folders hold before it goes, and refuses to move them", async () => {
    const { stderr } = expectCode(await checkout.onStack("down", "--yes"), 2);
    assert.match(stderr, /holds data:\n +nfs: \/shared +1 file, 6 B\nTo lose it, add --delete-data/);
    cluster.want(", roles: [storage] }, a: { count: 1, memory: 512 MiB, roles: [storage]");
    assert.match((await checkout.up(2)).stderr, /nfs on .*-a-1 +its data is on .*-files-1/);
    expectCode(await checkout.onStack("down", "--yes", "--delete-data"), 0);
    assert.deepEqual(await remains(cluster.id), []);
  });
});
