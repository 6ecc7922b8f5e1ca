import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { CheckOutput } from "../../contract/job.ts";
import { defaultSubnet, gatewayOf } from "../../plan/addressing.ts";
import { Canaries, filesWith } from "../faults/secrets/canaries.ts";
import { Inside } from "../hosts/inside.ts";
import { ObjectStore } from "../object-store/object-store.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";
import { expectCode } from "../e2e/checkout.ts";
import { remains } from "../e2e/machine.ts";
import { OneCluster } from "../e2e/one-cluster.ts";

const MINUTE = 60_000;
const random = (): string => randomBytes(16).toString("hex");

/** Writes a table as Parquet, reads it, writes it as text, and reads that. */
const JOB = `
from pyspark.sql import SparkSession
session = SparkSession.builder.getOrCreate()
session.range(1000).write.mode("overwrite").parquet("s3a://lab/parquet")
session.read.parquet("s3a://lab/parquet").write.mode("overwrite").csv("s3a://lab/text")
print("sum", session.read.csv("s3a://lab/text").selectExpr("sum(_c0)").first()[0])
session.stop()
`;

/** What differs between the clusters that are tried. */
interface Kind {
  title: string;
  /** Fields of the cluster's config, a line each. */
  fields: string[];
  /** The command that knows object stores, for lists of files. */
  shell: string;
  /** A daemon that runs people's jobs, on the worker. */
  runner: string;
}

const SPARK: Kind = {
  title: "a Spark cluster with buckets of S3",
  fields: ["kind: spark", "pools: { master: 1, worker: { count: 1, memory: 1536 MiB } }", "services: { STORES }"],
  shell: "/opt/objectstores/libexec/fs",
  runner: "spark-worker",
};
const HADOOP: Kind = {
  title: "a Hadoop cluster with Spark on YARN and buckets of S3",
  fields: [
    "pools: { master: { count: 1, memory: 2 GiB }, worker: { count: 1, memory: 2 GiB } }",
    "services: { spark: true, STORES }",
  ],
  shell: "hdfs dfs",
  runner: "yarn-nodemanager",
};

/** A server of S3 on this machine that believes signatures only, and a small cluster that reads and writes there. */
class Lab extends OneCluster {
  readonly key = { accessKey: random(), secretKey: random() };
  readonly canaries = new Canaries();
  #store: ObjectStore | undefined;

  async open({ fields }: Kind): Promise<void> {
    this.canaries.add("secret key", this.key.secretKey);
    this.#store = await ObjectStore.start([this.key], ["lab", "open"], "open");
    // This machine, as hosts see it.
    const at = `endpoint: ${this.#store.endpoint(gatewayOf(defaultSubnet("muster", this.name, this.name)))}`;
    const buckets = [
      `{ bucket: lab, credentials: lab, allowHttp: true, ${at} }`,
      `{ bucket: open, credentials: none, ${at} }`,
    ];
    const stores = `objectStores: { buckets: [${buckets.join(", ")}] }`;
    this.describe(
      ...fields.map((line) => line.replace("STORES", stores)),
      "users: [ada]",
      "verification: { jobs: false }",
    );
  }

  async closeStore(): Promise<void> {
    await this.#store?.stop();
  }

  async setSecret(field: keyof Lab["key"], value: string): Promise<void> {
    const path = `muster:credentials.lab.${field}`;
    const set = ["config", "set", "--stack", this.name, "--secret", "--path", path, value];
    expectCode(await this.checkout.pulumi(...set), 0);
  }

  on = async (node: string, command: string): Promise<string> =>
    expectCode(await this.checkout.onStack("ssh", node, "--", command), 0).stdout.trim();

  /** As ada, in a shell as people have it. */
  ada = (node: string, command: string): Promise<string> => this.on(node, `sudo -u ada bash -lc '${command}'`);

  inside = (node: string): Inside => new Inside(this.host(`${this.name}-${node}`));

  async check(name: string): Promise<CheckOutput> {
    const printed = await this.checkout.onStack("verify", "--json");
    const { checks } = JSON.parse(printed.stdout) as { checks: (CheckOutput & { name: string })[] };
    const found = checks.find((one) => one.name === `object stores: ${name}`);
    assert.ok(found, printed.stdout);
    return found;
  }
}

function reads(kind: Kind): void {
  describe(kind.title, function () {
    this.timeout(10 * MINUTE);
    eachNeedsTheOneBefore(this);
    const lab = new Lab();
    const { checkout, name } = lab;

    before(async function () {
      this.timeout(20 * MINUTE);
      await lab.open(kind);
    });
    after(async () => {
      await lab.remove();
      await lab.closeStore();
    });

    it("is refused without the secrets that it names; with them an object goes from node to node", async function () {
      this.timeout(20 * MINUTE);
      const bare = expectCode(await checkout.onStack("up", "--yes"), 2);
      assert.match(bare.stdout + bare.stderr, /buckets\[0\]\.credentials +found "lab" +nothing of that name/);
      await lab.setSecret("accessKey", lab.key.accessKey);
      await lab.setSecret("secretKey", lab.key.secretKey);
      const { stdout } = await checkout.up();
      assert.match(stdout, new RegExp(`${name} is ready: 2 of 2 nodes`));
      const checks = new Map((await checkout.status()).checks.map((one) => [one.name, one]));
      const read = checks.get("object stores: read there");
      assert.ok(read?.ok, read?.detail);
      assert.match(read.detail, new RegExp(`^s3a://lab of ${name}-master-1, s3a://open \\(listed\\), same SHA-256`));
      assert.equal(await lab.on("master-1", `${kind.shell} -ls s3a://lab/ | wc -l`), "0");
    });

    it("is there for ordinary users' PySpark, by S3A's own committer", async () => {
      await lab.inside("master-1").write("/tmp/job.py", JOB);
      const said = await lab.ada("master-1", "spark-submit /tmp/job.py 2>/tmp/spark.log || tail -50 /tmp/spark.log");
      assert.match(said, /sum 499500\.0/);
      const written = "s3a://lab/parquet/_SUCCESS s3a://lab/text/_SUCCESS";
      const success = await lab.ada("master-1", `${kind.shell} -cat ${written}`);
      assert.equal(success.match(/"committer" ?: ?"magic"/g)?.length, 2, success.slice(0, 500));
    });

    if (kind === HADOOP)
      it("is there for ordinary users' files, distcp, which is MapReduce, and other commands", async () => {
        await lab.ada("master-1", "seq 1000 >/tmp/numbers; hdfs dfs -put /tmp/numbers numbers");
        await lab.ada(
          "master-1",
          "hadoop distcp -m 1 numbers s3a://lab/numbers 2>/tmp/said || { cat /tmp/said; false; }",
        );
        assert.equal(await lab.ada("worker-1", "hadoop fs -cat s3a://lab/numbers | tail -1"), "1000");
      });

    it("keeps the credentials to their group, out of arguments, logs, jobs and plain state", async () => {
      for (const node of ["master-1", "worker-1"]) {
        const file = "/etc/muster/objectstores/s3";
        assert.equal(await lab.on(node, `sudo stat -c '%a %U %G' ${file}`), "640 root objectstores");
        assert.match(await lab.on(node, `sudo -u nobody cat ${file} 2>&1 || true`), /Permission denied/);
        await lab.inside(node).write("/root/needle", `${lab.key.secretKey}\n`);
        const seen = await lab.inside(node).sh(
          `cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | grep -cFf /root/needle; journalctl | grep -cFf /root/needle
          grep -rlFsf /root/needle --devices=skip /etc /home /var /opt/muster /tmp /run | sort`,
        );
        assert.deepEqual(seen.trim().split("\n"), ["0", "0", file, "/etc/muster/secrets.json"]);
      }
      assert.deepEqual(filesWith(lab.canaries, checkout.folder, ["node_modules", "artifacts"]), []);
    });

    it("tells a key that is not accepted, restarts nothing for the right one, and a server that is away", async function () {
      this.timeout(15 * MINUTE);
      const started = (): Promise<string> =>
        lab.inside("worker-1").sh(`systemctl show -P ActiveEnterTimestampMonotonic ${kind.runner}`);
      const before = await started();
      await lab.setSecret("secretKey", random());
      const failed = expectCode(await checkout.onStack("up", "--yes"), 1);
      assert.match(failed.stdout + failed.stderr, /s3a:\/\/lab: http:\S+ does not accept the credentials lab/);
      await lab.setSecret("secretKey", lab.key.secretKey);
      await checkout.up();
      assert.equal(await started(), before);
      await lab.closeStore();
      const { ok, detail } = await lab.check("write here");
      assert.ok(!ok);
      assert.match(detail, /^s3a:\/\/lab: http:\S+ does not answer: connection refused$/);
    });

    it("goes", async () => {
      expectCode(await checkout.onStack("down", "--yes", "--delete-data"), 0);
      assert.deepEqual(await remains(lab.id), []);
    });
  });
}

reads(SPARK);
if (process.env["MUSTER_FULL"] !== undefined) reads(HADOOP);
