import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openSeconds } from "../hosts/test-hosts.ts";
import { TestCluster } from "./cluster.ts";
import { onBothEnds, shape } from "./line.ts";
import { until } from "./until.ts";

const MEBIBYTE = 1 << 20;
const [first, second] = ["live-worker-1", "live-worker-2"] as const;

describe("nodes in trouble", function () {
  this.timeout(300_000);
  const cluster = new TestCluster();
  const job = (note: string) => cluster.job([cluster.workerNode(1, note), cluster.workerNode(2, note)]);
  const log = (node: string): string =>
    readFileSync(join(cluster.folder, "logs", cluster.lastRun(), `${node}.log`), "utf8");
  const runsOn = async (node: string) => Number(await cluster.onHost(node, "cat /var/lib/muster/prepared | wc -l"));

  before(async function () {
    this.timeout(openSeconds * 1000);
    cluster.ballast = 2 * MEBIBYTE;
    await cluster.open([1, 2]);
    cluster.deadlines = { machine: 120, converge: 180, verify: 120, total: 400 };
  });
  after(() => cluster.close());

  /** Takes away some of a host's packets, both ways: `which` of nft's words. Each is as small as on a real line. */
  async function lose(node: string, which: string): Promise<void> {
    await onBothEnds(cluster.inside(node), (device) => `ip link set dev ${device} gso_max_segs 1`);
    const rules = [
      "table inet loss {",
      `  chain in { type filter hook input priority -300; iifname eth0 ${which} counter drop; }`,
      `  chain out { type filter hook output priority -300; oifname eth0 ${which} counter drop; }`,
      "}",
    ];
    const { code, stderr } = await cluster.inside(node).run(["nft", "-f", "-"], rules.join("\n"));
    assert.equal(code, 0, stderr);
  }

  /** Ends that; how many packets were lost. */
  async function loseNothing(node: string): Promise<number> {
    const told = await cluster.onHost(node, "nft list table inet loss; nft delete table inet loss");
    return [...told.matchAll(/packets (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  it("a disk that is full while the bundle is unpacked: told, the others go on, and the next run heals it", async () => {
    await cluster.onHost(second, "mkdir -p /opt/muster && mount -t tmpfs -o size=1m none /opt/muster");
    const ended = await cluster.run(job("disk"));
    const left = await cluster.onHost(second, "ls -A /opt/muster/bundles; umount /opt/muster");
    assert.equal(ended.summary?.state, "degraded", ended.stderr);
    const [node] = ended.summary.nodes;
    assert.deepEqual([node?.name, node?.stage], [second, "prepare"]);
    assert.match(node?.reason ?? "", /^No space left on device/);
    assert.equal(left, "", "no half of a bundle, neither under its name nor beside it");
    const healed = await cluster.run(job("disk"), 2);
    assert.equal(healed.summary?.state, "ready", healed.stderr);
  });

  for (const [when, size, meanwhile] of [
    ["before files are written", "4k", ""],
    [
      "while files are written",
      "64k",
      `head -c 99999 /dev/zero >/var/lib/muster/fill; tr "\\0" " " </dev/zero | head -c 9999 >>$events`,
    ],
  ] as const)
    it(`a disk that is full ${when}: told, the others go on, and the next run heals it`, async () => {
      await cluster.onHost(second, `mount -t tmpfs -o size=${size},mode=755 none /var/lib/muster`);
      if (size === "4k") await cluster.onHost(second, "head -c 8192 /dev/zero >/var/lib/muster/fill 2>&1 || :");
      if (meanwhile !== "") await cluster.onHost(second, `echo '${meanwhile}' >/etc/muster/meanwhile`);
      const ended = await cluster.run(job(when));
      await cluster.onHost(second, "umount /var/lib/muster; rm -f /etc/muster/meanwhile");
      assert.equal(ended.summary?.state, "degraded", ended.stderr);
      const [node] = ended.summary.nodes;
      assert.deepEqual([node?.name, node?.stage], [second, "prepare"]);
      assert.match(node?.reason ?? "", /^No space left on device: \/var\/lib\/muster/);
      const healed = await cluster.run(job(when), 2);
      assert.equal(healed.summary?.state, "ready", healed.stderr);
    });

  it("a line of 1 Mbit/s: slower, and no failure", async () => {
    await Promise.all([first, second].map((node) => cluster.onHost(node, "rm -rf /opt/muster")));
    await Promise.all([first, second].map((node) => shape(cluster.inside(node), { rate: "1mbit", burst: "32kbit" })));
    const startedAt = Date.now();
    const ended = await cluster.run(job("slow line"));
    const seconds = (Date.now() - startedAt) / 1000;
    await Promise.all([first, second].map((node) => shape(cluster.inside(node))));
    assert.equal(ended.summary?.state, "ready", ended.stderr);
    assert.ok(seconds > 14, `${seconds} s: the line was not slow`);
    for (const node of [first, second]) assert.doesNotMatch(log(node), /connection lost|no answer/);
  });

  it("a line that loses every tenth packet: no failure", async () => {
    await Promise.all([first, second].map((node) => cluster.onHost(node, "rm -rf /opt/muster")));
    await Promise.all([first, second].map((node) => lose(node, "numgen random mod 10 == 0")));
    const ended = await cluster.run(job("lossy line"));
    const [one = 0, other = 0] = await Promise.all([first, second].map(loseNothing));
    assert.ok(one > 100 && other > 100, `${one} and ${other} packets lost`);
    assert.equal(ended.summary?.state, "ready", ended.stderr);
    for (const node of [first, second]) assert.doesNotMatch(log(node), /connection lost|no answer/);
  });

  it("a line that is dead for 20 s while a node works: the node's work goes on, once, and is no failure", async () => {
    const before = await runsOn(second);
    await cluster.onHost(second, "echo 10 >/etc/muster/slow");
    const { ended } = cluster.start(job("dead line"));
    await until("prepare is under way", async () => (await runsOn(second)) === before + 1, 120);
    await lose(second, "");
    await pause(20_000);
    assert.ok((await loseNothing(second)) > 0);
    const end = await ended;
    await cluster.onHost(second, "rm /etc/muster/slow");
    assert.equal(end.summary?.state, "ready", end.stderr);
    assert.equal(await runsOn(second), before + 1);
  });
});
