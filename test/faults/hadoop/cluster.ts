import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { execa } from "execa";
import { podman } from "../../../components/clouds/local/podman.ts";
import { volumeName } from "../../../components/clouds/local/tags.ts";
import { OneCluster } from "../../e2e/one-cluster.ts";
import { crash } from "../strikes.ts";

/** What a test may change in the stack; YAML in flow style. */
export interface Shape {
  /** Ordinals of workers that leave. */
  without?: number[];
  /** The pool of the masters, with its name. */
  masters?: string;
  hdfsProperties?: Record<string, string>;
  yarnProperties?: Record<string, string>;
}

/** Files in HDFS: of one block, of several, of very many. Name and bytes. */
const FILES = { small: 300_000, middle: 3_000_000, large: 24_000_000 };
const FOLDER = "/user/muster/kept";

/** One real Hadoop cluster, a master and three workers, that is hurt again and again; its files must stay as they were. */
export class HadoopUnderTest extends OneCluster {
  readonly master = `${this.name}-master-1`;
  readonly workers = [1, 2, 3].map((ordinal) => `${this.name}-worker-${ordinal}`);
  #shape: Shape = {};
  #store = "";
  #sums = "";

  /** Writes the stack as it was, but for what is given. */
  write(changes: Shape = {}): void {
    this.#shape = { ...this.#shape, ...changes };
    const { without = [], masters = "master: 1", ...shape } = this.#shape;
    // One block at a time and node, so that there is time to look while blocks move.
    const slow = {
      "dfs.namenode.replication.max-streams": "1",
      "dfs.namenode.replication.work.multiplier.per.iteration": "1",
      // A copy that was begun on a DataNode which then died is begun anew after this; HDFS itself waits five minutes.
      "dfs.namenode.reconstruction.pending.timeout-sec": "30",
    };
    // Room for a command beside two tasks.
    const worker = JSON.stringify({ count: 3, memory: "1400 MiB", minReady: 1, without });
    const hdfs = JSON.stringify({ replication: 2, blockSize: 1, properties: { ...slow, ...shape.hdfsProperties } });
    const yarn = JSON.stringify({ decommissionSeconds: 240, properties: { ...shape.yarnProperties } });
    this.describe(
      `pools: { ${masters}, worker: ${worker} }`,
      `services: { hdfs: ${hdfs}, yarn: ${yarn} }`,
      "verification: { jobs: false }",
    );
  }

  /** Where a node's data volume is on this machine. */
  async volume(node: string): Promise<string> {
    return (await podman(["volume", "inspect", "--format", "{{.Mountpoint}}", volumeName(this.id, node)])).trim();
  }

  /** Takes away a host with its volume, as podman's own user might. */
  async lose(node: string): Promise<void> {
    await podman(["rm", "--force", "--time", "0", this.host(node)]);
    await podman(["volume", "rm", volumeName(this.id, node)]);
  }

  /** A command for a node's shell, as the operator; what it printed. */
  async on(node: string, command: string): Promise<string> {
    return (await execa("ssh", this.ssh(node, command), { timeout: 600_000 })).stdout.trim();
  }

  /** A command that goes on while other things happen. */
  begin(node: string, command: string): { ended: Promise<string> } {
    const child = execa("ssh", this.ssh(node, command), { all: true, timeout: 900_000, reject: false });
    const ended = child.then(({ exitCode, all }) => {
      assert.equal(exitCode, 0, all);
      return all;
    });
    // Whoever waits for it is told; until then it may fail unheard.
    ended.catch(() => undefined);
    return { ended };
  }

  ssh = (node: string, command: string): string[] => {
    const config = this.checkout.clusterPath(this.name, this.name, "ssh", "config");
    return ["-F", config, "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", node, command];
  };

  /** Writes the files that every fault is measured by. */
  async fill(): Promise<void> {
    const make = Object.entries(FILES).map(([name, size]) => `head -c ${size} /dev/urandom > kept/${name}`);
    await this.on(this.master, `rm -rf kept && mkdir kept && ${make.join(" && ")} && hdfs dfs -put kept ${FOLDER}`);
    this.#sums = await this.on(this.master, "cd kept && sha256sum *");
    this.#store = await this.#identity();
  }

  /** The files are what they were, whole, and in the store that was formatted once. */
  async expectAllThere(): Promise<void> {
    const names = Object.keys(FILES);
    const back = names.map((name) => `hdfs dfs -cat ${FOLDER}/${name} > ${name}`).join(" && ");
    const found = await this.on(this.master, `rm -rf back && mkdir back && cd back && ${back} && sha256sum *`);
    assert.equal(found, this.#sums);
    assert.equal(await this.#identity(), this.#store);
  }

  /** Every block has its copies again, within five minutes; nothing is corrupt or missing. */
  async expectWhole(): Promise<void> {
    for (const until = Date.now() + 300_000; ; await pause(2000)) {
      const report = await this.on(this.master, "sudo -u hdfs hdfs fsck / -openforwrite");
      if (/is HEALTHY/.test(report) && /Under-replicated blocks:\s+0/.test(report)) return;
      assert.ok(Date.now() < until, report);
    }
  }

  /** What a format gives a store, as the NameNode and all DataNodes have it: a second one would change it. */
  async #identity(): Promise<string> {
    const ids = `grep -hE '^(namespaceID|clusterID|blockpoolID)=' /data/hdfs/name/current/VERSION | sort`;
    return this.on(this.master, `sudo sh -c "${ids}"; ls -d /data/hdfs/name.interrupted-* 2>/dev/null | wc -l`);
  }

  /** Starts an `up` and kills whatever of it runs on this machine, at once, as soon as the moment has come. */
  async killedUp(moment: () => Promise<boolean> | boolean): Promise<void> {
    const { child, ended } = this.checkout.start(["up", "--stack", this.name, "--yes"]);
    while (!(await moment())) {
      const printed = child.exitCode === null ? undefined : await ended;
      assert.ok(printed === undefined, `the run ended before its moment came: ${JSON.stringify(printed)}`);
      await pause(100);
    }
    crash(this.checkout);
    await ended;
  }
}

/** SHA-256 of a text, as `sha256sum` prints it. */
export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
