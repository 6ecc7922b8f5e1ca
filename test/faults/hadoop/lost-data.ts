import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { podman } from "../../../components/clouds/local/podman.ts";
import { expectCode } from "../../e2e/checkout.ts";
import { containerIds, runningProcesses } from "../../e2e/machine.ts";
import type { HadoopUnderTest } from "./cluster.ts";

const MINUTE = 60_000;
const refused = /HDFS was formatted before .* NOT formatted again: .* Put the NameNode's data back .*--delete-data/;

/** A run, the host and all, killed in the second in which HDFS is formatted. */
export function interruptedFormat(cluster: HadoopUnderTest): void {
  it("comes up, formatted once, although its first format was interrupted by the death of everybody", async function () {
    this.timeout(15 * MINUTE);
    const journal = cluster.checkout.clusterPath(cluster.name, cluster.name, "journal.jsonl");
    const uid = (): string => /"uid":"([0-9a-f]{32})"/.exec(readFileSync(journal, "utf8"))?.[1] ?? "";
    const formats = (): boolean => {
      if (!cluster.events().some(({ text }) => text === "Start namenode")) return false;
      const format = runningProcesses().find(
        ({ argv }) => argv[0]?.endsWith("/java") && argv.includes("-format") && argv.includes(`CID-${uid()}`),
      );
      // First of all, or it might be done before the rest is dead.
      if (format !== undefined) process.kill(format.pid, "SIGKILL");
      return format !== undefined;
    };
    await cluster.killedUp(formats);
    process.kill(
      Number(await podman(["inspect", "--format", "{{.State.Pid}}", cluster.host(cluster.master)])),
      "SIGKILL",
    );
    const begun = readdirSync(join(await cluster.volume(cluster.master), "hdfs"));
    assert.ok(begun.includes("format-begun") && !begun.includes("formatted"), begun.join(" "));

    const { stdout } = await cluster.checkout.up();
    assert.match(stdout, /is ready: 4 of 4 nodes/);
    const ids = await cluster.on(cluster.master, "sudo grep clusterID /data/hdfs/name/current/VERSION; ls /data/hdfs");
    assert.match(ids, new RegExp(`^clusterID=CID-${uid()}$`, "m"));
    assert.match(ids, /^formatted$/m);
    assert.doesNotMatch(ids, /format-begun/);
    for (const worker of cluster.workers)
      assert.match(await cluster.on(worker, "sudo cat /data/hdfs/data/current/VERSION"), new RegExp(`CID-${uid()}`));
    await cluster.fill();
  });
}

/** Volumes that are gone with their hosts. */
export function lostVolumes(cluster: HadoopUnderTest): void {
  let copy = "";
  after(() => rmSync(copy, { recursive: true, force: true }));

  it("is not formatted again when the NameNode's volume is gone; the refusal says what to do", async () => {
    copy = mkdtempSync(join(tmpdir(), "muster-namenode-"));
    await podman(["stop", "--time", "20", cluster.host(cluster.master)]);
    await copyWhole(await cluster.volume(cluster.master), copy);
    await cluster.lose(cluster.master);
    const { stdout } = await cluster.checkout.up(1);
    assert.match(stdout, refused);
    assert.deepEqual(readdirSync(await cluster.volume(cluster.master)), []);
  });

  it("is there again once the volume's content is; a DataNode lost with its volume gets its blocks back", async () => {
    await copyWhole(copy, await cluster.volume(cluster.master));
    await cluster.lose(cluster.workers[0] ?? "");
    await cluster.checkout.up();
    await cluster.expectAllThere();
    await cluster.expectWhole();
  });
}

/** Volumes that were emptied, or are no mounts any more, on hosts that live on. */
export function emptiedVolumes(cluster: HadoopUnderTest): void {
  const [, worker = ""] = cluster.workers;

  it("does not start a NameNode on a volume that was emptied, nor format it", async () => {
    const { master } = cluster;
    const copy = mkdtempSync(join(tmpdir(), "muster-namenode-"));
    try {
      const volume = await cluster.volume(master);
      await cluster.on(master, "sudo systemctl stop hdfs-secondarynamenode hdfs-namenode");
      await copyWhole(volume, copy);
      await cluster.on(master, "sudo find /data -mindepth 1 -delete; sudo systemctl start hdfs-namenode || true");
      const { stdout } = expectCode(await cluster.checkout.onStack("up", "--yes", "--check"), 1);
      assert.match(stdout, refused);
      assert.deepEqual(readdirSync(volume), []);
      await copyWhole(copy, volume);
      await cluster.checkout.up();
      await cluster.expectAllThere();
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });

  it("gets the blocks back of a DataNode whose volume was emptied under it", async () => {
    await cluster.on(worker, "sudo find /data/hdfs -mindepth 1 -delete; sudo systemctl kill -s KILL hdfs-datanode");
    // Ready again by the NameNode's word, so that it has heard of the loss.
    expectCode(await cluster.checkout.onStack("up", "--yes", "--check"), 0);
    await cluster.expectWhole();
    await cluster.expectAllThere();
  });

  it("lets no daemon write on the root disk where a volume is no mount any more", async () => {
    await cluster.on(worker, "sudo umount --lazy /data; sudo systemctl kill -s KILL hdfs-datanode yarn-nodemanager");
    const { stdout } = expectCode(await cluster.checkout.onStack("up", "--yes", "--check"), 3);
    assert.match(stdout, new RegExp(`${worker} +failed +activate: .*/data is not a mount point`));
    assert.equal(await cluster.on(worker, "sudo ls -A /data"), "");
    await podman(["restart", "--time", "10", cluster.host(worker)]);
    await cluster.checkout.up();
    await cluster.expectAllThere();
    await cluster.expectWhole();
  });
}

/** Machines that are made again on their volumes. */
export function rebuiltHosts(cluster: HadoopUnderTest): void {
  it("is all there after a worker and the master were made again", async () => {
    const [worker = ""] = cluster.workers;
    const before = await containerIds(cluster.id);
    expectCode(await cluster.checkout.onStack("repair", "--yes", cluster.master, worker), 0);
    const after = await containerIds(cluster.id);
    const remade = Object.keys(before).filter((host) => after[host] !== before[host]);
    assert.deepEqual(remade.sort(), [cluster.master, worker].map(cluster.host).sort());
    await cluster.expectAllThere();
    await cluster.expectWhole();
  });
}

/** With its owners, for whom the files are. */
const copyWhole = async (from: string, to: string): Promise<void> => {
  await execa("cp", ["-a", `${from}/.`, to]);
};
