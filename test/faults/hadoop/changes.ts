import assert from "node:assert/strict";
import { podman } from "../../../components/clouds/local/podman.ts";
import { expectCode } from "../../e2e/checkout.ts";
import { containerIds, tagged } from "../../e2e/machine.ts";
import type { HadoopUnderTest } from "./cluster.ts";
import { beginJob, beginWriting } from "./jobs.ts";

const ofHdfs = ["hdfs-namenode", "hdfs-secondarynamenode", "hdfs-datanode"];
const ofYarn = ["yarn-resourcemanager", "yarn-nodemanager", "mapred-historyserver"];

/** A property changes while a job runs and a file is written. */
export function changedConfiguration(cluster: HadoopUnderTest, isFull: boolean): void {
  const [worker = ""] = cluster.workers;

  it("is not touched by a property of YARN; its daemons restart one by one, and a running job ends well", async () => {
    const job = await beginJob(cluster, "roll", 20, worker);
    const before = await processIds(cluster);
    cluster.write({ yarnProperties: { "yarn.nodemanager.container-monitor.interval-ms": "2999" } });
    await cluster.checkout.up();
    const after = await processIds(cluster);
    const restarted = Object.keys(before).filter((daemon) => after[daemon] !== before[daemon]);
    assert.deepEqual(
      restarted,
      Object.keys(before).filter((daemon) => ofYarn.some((unit) => daemon.endsWith(unit))),
    );
    assert.equal(await mostDownAtOnce(cluster, "nodemanager", "yarn-nodemanager"), 1);
    await job.expectFinished();
  });

  if (!isFull) return;

  it("stays in service while a property of HDFS changes: DataNodes one by one, job and writer end well", async () => {
    const job = await beginJob(cluster, "rolling", 40, worker);
    const written = beginWriting(cluster, cluster.master, "written", 60);
    cluster.write({ hdfsProperties: { "dfs.datanode.handler.count": "9" } });
    await cluster.checkout.up();
    assert.equal(await mostDownAtOnce(cluster, "datanode", "hdfs-datanode"), 1);
    await written.expectWritten();
    await job.expectFinished();
    await cluster.expectAllThere();
  });
}

/** A worker leaves, and whoever lets it go dies in the middle. */
export function decommission(cluster: HadoopUnderTest, isFull: boolean): void {
  const leaver = cluster.workers[2] ?? "";
  const without = { without: [3] };
  const blocksMove = (since: number) => (): boolean =>
    cluster
      .events()
      .some(({ at, stage, text = "" }) => at > since && stage === "leave" && /[1-9]\d* blocks to copy/.test(text));

  if (isFull)
    it("keeps a worker whose leaving was interrupted and then taken back", async () => {
      cluster.write(without);
      await cluster.killedUp(blocksMove(Date.now()));
      cluster.write({ without: [] });
      const { stdout } = await cluster.checkout.up();
      assert.match(stdout, /is ready: 4 of 4 nodes/);
      await cluster.expectAllThere();
    });

  it("is moved off a leaver although the move was interrupted; what is open there is written, what runs there ends", async () => {
    // The job outlives the writer, and the machine waits for the job: who writes on it can end before it goes.
    const job = await beginJob(cluster, "leaving", 60, leaver);
    const written = beginWriting(cluster, leaver, "slow", 30);
    cluster.write(without);
    await cluster.killedUp(blocksMove(Date.now()));
    assert.ok((await tagged("container", cluster.id)).includes(cluster.host(leaver)));
    assert.match(await cluster.on(cluster.master, "cat /data/hdfs/members.json"), /DECOMMISSIONED/);
    const { stdout } = await cluster.checkout.up();
    assert.match(stdout, /is ready: 3 of 3 nodes/);
    assert.ok(!(await tagged("container", cluster.id)).includes(cluster.host(leaver)));
    await written.expectWritten();
    await job.expectFinished();
    await cluster.expectAllThere();
    await cluster.expectWhole();
  });
}

/** What nobody may do by accident. */
export function refusals(cluster: HadoopUnderTest): void {
  it("cannot be put elsewhere, nor its NameNode: refused before anything is made", async () => {
    const before = await containerIds(cluster.id);
    cluster.write({ hdfsProperties: { "dfs.data.dir": "/elsewhere" } });
    assert.match((await cluster.checkout.up(2)).stderr, /dfs\.data\.dir"\].*set for you/);
    cluster.write({ hdfsProperties: {}, masters: "head: { roles: [master] }" });
    assert.match((await cluster.checkout.up(2)).stderr, /namenode on \S+-head-1 .*its data is on \S+-master-1/);
    cluster.write({ masters: "master: 1" });
    assert.deepEqual(await containerIds(cluster.id), before);
  });

  it("is told, and not lost, by a down that only says yes; with more said, nothing but what was told goes", async () => {
    const before = await containerIds(cluster.id);
    const { stderr } = expectCode(await cluster.checkout.onStack("down", "--yes"), 2);
    assert.match(stderr, /hdfs: \/user\/muster {2}\d+ files, [\d.]+ MiB/);
    assert.match(stderr, /add --delete-data\. Nothing was changed/);
    assert.deepEqual(await containerIds(cluster.id), before);
    await cluster.expectAllThere();
    const bystander = `${cluster.id}.${cluster.name}-else-1-data`;
    await podman(["volume", "create", bystander]);
    try {
      expectCode(await cluster.checkout.onStack("down", "--yes", "--delete-data"), 0);
      assert.deepEqual(await tagged("volume", cluster.id), []);
      await podman(["volume", "inspect", bystander]);
    } finally {
      await podman(["volume", "rm", "--force", bystander]);
    }
  });
}

/** Main process of every daemon, by node and unit. */
async function processIds(cluster: HadoopUnderTest): Promise<Record<string, string>> {
  const units = [...ofHdfs, ...ofYarn, "chrony", "muster-dns"];
  const ask = `for u in ${units.join(" ")}; do echo $u $(systemctl show -P MainPID $u); done`;
  const nodes = [cluster.master, ...cluster.workers];
  const told = await Promise.all(nodes.map((node) => cluster.on(node, ask)));
  const rows = told.flatMap((text, at) => text.split("\n").map((line) => [nodes[at] ?? "", ...line.split(" ")]));
  return Object.fromEntries(
    rows.filter(([, , pid]) => pid !== "0").map(([node = "", unit = "", pid = ""]) => [`${node} ${unit}`, pid]),
  );
}

/** On how many workers a daemon was down at the same time when it last restarted: from its stop until it did its work again. */
async function mostDownAtOnce(cluster: HadoopUnderTest, daemon: string, unit: string): Promise<number> {
  const ask =
    `date -d "$(systemctl show --timestamp=us+utc -P ActiveExitTimestamp ${unit})" +%s.%N; ` +
    `sudo stat -c %.9Y /var/lib/muster/started/${daemon}.json`;
  const told = await Promise.all(cluster.workers.map((worker) => cluster.on(worker, ask)));
  const spans = told.map((text) => text.split("\n").map(Number) as [stopped: number, ready: number]);
  return Math.max(...spans.map(([at]) => spans.filter(([stopped, ready]) => stopped <= at && at < ready).length));
}
