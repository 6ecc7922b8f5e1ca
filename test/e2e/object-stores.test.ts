import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { CheckOutput } from "../../contract/job.ts";
import { hostName } from "../../components/clouds/local/tags.ts";
import { defaultSubnet, gatewayOf } from "../../plan/addressing.ts";
import { Canaries, filesWith } from "../faults/secrets/canaries.ts";
import { Inside } from "../hosts/inside.ts";
import { ObjectStore } from "../object-store/object-store.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";
import { Checkout, expectCode } from "./checkout.ts";
import { remains } from "./machine.ts";

const MINUTE = 60_000;
const random = (): string => randomBytes(16).toString("hex");

/** Writes a table by S3A's committer, as Parquet and as text, reads it back, and who committed it. */
const JOB = `
from pyspark.sql import SparkSession
session = SparkSession.builder.getOrCreate()
session.range(1000).write.mode("overwrite").parquet("s3a://lab/parquet")
session.read.parquet("s3a://lab/parquet").write.mode("overwrite").csv("s3a://lab/text")
print("sum", session.read.csv("s3a://lab/text").selectExpr("sum(_c0)").first()[0])
session.stop()
`;

/** One small Hadoop cluster with Spark on YARN, and a server of S3 on this machine that believes signatures only. */
describe("a cluster with buckets of S3", function () {
  this.timeout(10 * MINUTE);
  eachNeedsTheOneBefore(this);
  const checkout = new Checkout();
  const stack = checkout.name;
  const id = checkout.clusterId(stack, stack);
  const key = { accessKey: random(), secretKey: random() };
  const canaries = new Canaries();
  canaries.add("secret key", key.secretKey);
  let store: ObjectStore;

  const write = (): void => {
    // This machine, as hosts see it.
    const at = `endpoint: ${store.endpoint(gatewayOf(defaultSubnet("muster", stack, stack)))}`;
    checkout.writeStack(
      stack,
      `config:
  muster:cloud: local
  muster:clusters:
    - name: ${stack}
      pools:
        master: { count: 1, memory: 2 GiB }
        worker: { count: 1, memory: 2 GiB }
      users: [ada]
      services:
        spark: true
        objectStores:
          buckets:
            - { bucket: lab, credentials: lab, allowHttp: true, ${at} }
            - { bucket: open, credentials: none, ${at} }
      verification: { jobs: false }
`,
    );
  };
  const on = async (node: string, command: string): Promise<string> =>
    expectCode(await checkout.onStack("ssh", node, "--", command), 0).stdout.trim();
  const inside = (node: string): Inside => new Inside(hostName(id, `${stack}-${node}`));
  const check = async (name: string): Promise<CheckOutput> => {
    const printed = await checkout.onStack("verify", "--json");
    const { checks } = JSON.parse(printed.stdout) as { checks: (CheckOutput & { name: string })[] };
    const found = checks.find((one) => one.name === `object stores: ${name}`);
    assert.ok(found, printed.stdout);
    return found;
  };
  const setSecret = async (field: string, value: string): Promise<void> => {
    const path = `muster:credentials.lab.${field}`;
    expectCode(await checkout.pulumi("config", "set", "--stack", stack, "--secret", "--path", path, value), 0);
  };

  before(async function () {
    this.timeout(20 * MINUTE);
    store = await ObjectStore.start([key], ["lab", "open"], "open");
    write();
  });
  after(async () => {
    await checkout.remove(stack);
    await store.stop();
  });

  it("is refused without the secrets that it names, and comes up with them: an object went from node to node", async function () {
    this.timeout(20 * MINUTE);
    const bare = expectCode(await checkout.onStack("up", "--yes"), 2);
    assert.match(bare.stdout + bare.stderr, /buckets\[0\]\.credentials +found "lab" +nothing of that name/);
    await setSecret("accessKey", key.accessKey);
    await setSecret("secretKey", key.secretKey);
    const { stdout } = await checkout.up();
    assert.match(stdout, new RegExp(`${stack} is ready: 2 of 2 nodes`));
    const checks = new Map((await checkout.status()).checks.map((one) => [one.name, one]));
    const read = checks.get("object stores: read there");
    assert.ok(read?.ok, read?.detail);
    assert.match(read.detail, new RegExp(`^s3a://lab of ${stack}-master-1, s3a://open \\(listed\\), same SHA-256`));
    assert.equal(await on("master-1", "hadoop fs -ls s3a://lab/ | wc -l"), "0");
  });

  it("is there for ordinary users: their files, distcp, MapReduce, and PySpark by S3A's own committer", async () => {
    const ada = (node: string, command: string): Promise<string> => on(node, `sudo -u ada bash -lc '${command}'`);
    await ada("master-1", "seq 1000 >/tmp/numbers; hdfs dfs -put /tmp/numbers numbers");
    await ada("master-1", "hadoop distcp -m 1 numbers s3a://lab/numbers 2>/tmp/said || { cat /tmp/said; false; }");
    assert.equal(await ada("worker-1", "hdfs dfs -cat s3a://lab/numbers | tail -1"), "1000");
    await inside("master-1").write("/tmp/job.py", JOB);
    const said = await ada("master-1", "spark-submit /tmp/job.py 2>/tmp/spark.log || tail -50 /tmp/spark.log");
    assert.match(said, /sum 499500\.0/);
    const success = await ada("master-1", "hdfs dfs -cat s3a://lab/parquet/_SUCCESS s3a://lab/text/_SUCCESS");
    assert.equal(success.match(/"committer" ?: ?"magic"/g)?.length, 2, success);
  });

  it("keeps the credentials to their group, out of arguments, logs, jobs and plain state", async () => {
    for (const node of ["master-1", "worker-1"]) {
      assert.equal(await on(node, "sudo stat -c '%a %U %G' /etc/muster/objectstores/s3"), "640 root objectstores");
      assert.match(await on(node, "sudo -u nobody cat /etc/muster/objectstores/s3 2>&1 || true"), /Permission denied/);
      await inside(node).write("/root/needle", `${key.secretKey}\n`);
      const seen = await inside(node).sh(
        `cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | grep -cFf /root/needle; journalctl | grep -cFf /root/needle
        grep -rlFf /root/needle /etc /home /var /opt/muster /tmp /run /data 2>/dev/null | sort`,
      );
      assert.deepEqual(seen.trim().split("\n"), ["0", "0", "/etc/muster/objectstores/s3", "/etc/muster/secrets.json"]);
    }
    assert.ok(!checkout.readStack(stack).includes(key.secretKey));
    const astray = filesWith(canaries, checkout.folder, ["node_modules", "artifacts"]);
    assert.deepEqual(astray, []);
  });

  it("tells a key that is not accepted, restarts nothing for the right one, and a server that is away", async function () {
    this.timeout(15 * MINUTE);
    const started = (): Promise<string> =>
      inside("worker-1").sh("systemctl show -P ActiveEnterTimestampMonotonic yarn-nodemanager hdfs-datanode");
    const before = await started();
    await setSecret("secretKey", random());
    const failed = await checkout.onStack("up", "--yes");
    assert.match(failed.stdout + failed.stderr, /s3a:\/\/lab: http:\S+ does not accept the credentials lab/);
    await setSecret("secretKey", key.secretKey);
    await checkout.up();
    assert.equal(await started(), before);
    await store.stop();
    const { ok, detail } = await check("write here");
    assert.ok(!ok);
    assert.match(detail, /^s3a:\/\/lab: http:\S+ does not answer: connection refused$/);
  });

  it("goes", async () => {
    expectCode(await checkout.onStack("down", "--yes", "--delete-data"), 0);
    assert.deepEqual(await remains(id), []);
  });
});
