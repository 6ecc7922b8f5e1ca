import assert from "node:assert/strict";
import type { ClusterConfigInput } from "../../plan/config/cluster-schema.ts";
import { openSeconds } from "../hosts/test-hosts.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";
import { HostMaker, type TestHost } from "./host.ts";
import { check, duePlan, nothingDue, runStep } from "./node.ts";
import { SingleNode } from "./single-node.ts";

const own = JSON.stringify(["t-all-1"]);

const services = {
  ...{ hdfs: false, yarn: false, mapreduce: false },
  glusterfs: { path: "/lab", folders: [{ name: "small/one", quota: "1 GiB", mode: "0775" }] },
} satisfies ClusterConfigInput["services"];

/** A volume of one part: what one node does for itself. Several nodes are `test/light/shared-volume`. */
describe("a shared volume, on the only host that keeps it", function () {
  this.timeout(300_000);
  eachNeedsTheOneBefore(this);
  const cluster = new SingleNode(services);
  const maker = new HostMaker("roles-glusterfs", cluster.owner);
  let host: TestHost;

  const give = async (change: Parameters<SingleNode["inputs"]>[0] = {}): Promise<void> =>
    host.write("/etc/muster/cluster.json", JSON.stringify(cluster.inputs(change).view));
  const applied = async (): Promise<void> => {
    const prepared = await runStep(host, "prepare");
    assert.equal(prepared.last?.state, "done", prepared.last?.text);
    const { code, last } = await runStep(host, "activate");
    assert.equal(code, 0, `${last?.text}\n${await host.sh("journalctl -u 'muster-glu*' -o cat -n 20")}`);
  };
  const volume = () => check(host, "glusterfs/volume", "20");

  before(async function () {
    this.timeout(openSeconds * 1000);
    host = await maker.start((hosts) => cluster.wishIn(hosts.subnet));
    await give();
  });
  after(() => maker.remove());

  it("is made, mounted and checked; a second time nothing is to do", async () => {
    await applied();
    assert.deepEqual((await runStep(host, "prepare")).last, { state: "done", changed: 0 });
    assert.deepEqual(await duePlan(host), nothingDue);
    const found = await volume();
    assert.match(found.detail, /^1 parts, each file once/);
    assert.ok((await check(host, "glusterfs/write")).ok);
    assert.deepEqual(await check(host, "glusterfs/read", own), { ok: true, detail: "mounted", way: "mounted" });
    const mount = await host.sh("awk '$2 == \"/lab\" {print $3, $4}' /proc/self/mounts");
    assert.match(mount, /^fuse\.glusterfs rw,nosuid,nodev/);
    assert.equal(await host.sh("stat -c %a /lab /lab/small /lab/small/one"), "1777\n755\n775");
  });

  it("listens on its own address only, at the ports that the plan opens", async () => {
    const listening = (await host.sh("ss -Hlntp | awk '/gluster/ {print $4}'")).split("\n").sort();
    const ports = listening.map((place) => Number(place.split(":")[1]));
    assert.ok(
      listening.every((place) => place.startsWith(`${host.address}:`)),
      listening.join(),
    );
    assert.ok(ports.every((port) => port === 24007 || (port >= 24100 && port <= 24163)) && ports.length === 2);
  });

  it("holds no more than its limits allow", async () => {
    const limits = await check(host, "glusterfs/quotas");
    assert.match(limits.detail, /^\/lab\/small\/one 0\.00 of 1 GiB, enforced$/);
    const much = await host.run(["fallocate", "-l", "2G", "/lab/small/one/much"]);
    assert.match(much.stderr, /Disk quota exceeded/);
    await host.sh("fallocate -l 1500M /lab/elsewhere && rm /lab/elsewhere");
    assert.match(await host.sh("df --output=size -B 1M /lab/small/one | tail -1"), /^ *1024$/);
  });

  it("is read and written without a mount, too", async () => {
    const put = await host.run(["/usr/local/bin/glusterfs-file", "put", "/small/note"], "from afar\n");
    assert.equal(put.code, 0, put.stderr);
    assert.equal(await host.sh("cat /lab/small/note; glusterfs-file cat /small/note"), "from afar\nfrom afar");
    assert.match((await host.run(["glusterfs-file", "cat", "/none"])).stderr, /No such file/);
    // As on a kernel that mounts nothing: no daemon, and the checks say so.
    await host.sh("mv /dev/fuse /dev/away");
    await applied();
    assert.equal(await host.sh("findmnt -n /lab || echo none"), "none");
    assert.ok((await check(host, "glusterfs/write")).ok);
    assert.match((await check(host, "glusterfs/read", own)).way ?? "", /^by libgfapi/);
    await host.sh("mv /dev/away /dev/fuse");
    await applied();
    assert.equal(await host.sh("cat /lab/small/note"), "from afar");
  });

  it("comes back after a restart, and keeps who wants another number of copies from it", async () => {
    await host.restart();
    assert.ok((await volume()).ok);
    await host.sh("for _ in $(seq 60); do cat /lab/small/note && exit 0; sleep 1; done; exit 1");
    const settings = "/etc/muster/glusterfs/glusterfs.json";
    await host.sh(`sed -i 's/"replica": 1/"replica": 2/' ${settings}`);
    const refused = await host.run(["/usr/local/lib/muster/glusterfs-store", "--check"]);
    assert.match(refused.stderr, /the volume has 1 copies, and how many it has does not change by itself/);
    await applied();
  });

  it("is never made again: neither without its part nor without its disk", async () => {
    await give({ formatted: ["glusterfs"] });
    await host.sh(
      "systemctl stop muster-glusterfs muster-glusterfs-volume muster-glusterd; mv /data/glusterfs /data/away",
    );
    await applied();
    const lost = await check(host, "glusterfs/volume", "2");
    assert.match(lost.detail, /there is no volume yet: there was a volume before, .* NOT made again/);
    await host.sh(
      "systemctl stop muster-glusterd; rm -rf /data/glusterfs; mv /data/away /data/glusterfs; umount /data",
    );
    assert.notEqual((await host.run(["systemctl", "start", "muster-glusterd"])).code, 0);
    assert.match(await host.sh("journalctl -u muster-glusterd -o cat -n 20"), /\/data is not a mount point/);
  });
});
