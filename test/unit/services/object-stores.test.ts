import assert from "node:assert/strict";
import type { ClusterConfigInput } from "../../../plan/config/cluster-schema.ts";
import { specFromArgs } from "../../../plan/config/read.ts";
import { jobOf } from "../../../plan/job.ts";
import { nodeView } from "../../../plan/node-view.ts";
import { planCluster } from "../../../plan/plan-cluster.ts";
import { jobExtras, mistakesOf, whereabouts } from "../plan/fixtures.ts";

type Args = Omit<ClusterConfigInput, "name">;

const lab = { bucket: "lab", credentials: "lab", endpoint: "https://s3.example.org:9000" };
const open = { bucket: "open-data", credentials: "none", region: "eu-central-1" };
const google = { bucket: "shelf", kind: "gcs", credentials: "google" };

const planOf = (objectStores: unknown, services: object = {}, args: Args = {}) =>
  planCluster(
    specFromArgs("c", {
      pools: { master: { count: 1, memory: "2 GiB" }, worker: { count: 2, memory: "2 GiB" } },
      services: { ...services, objectStores } as Args["services"],
      ...args,
    }),
    whereabouts,
  );
const withBuckets = (...buckets: object[]) => planOf({ buckets });
const told = (objectStores: unknown, services: object = {}): string[] =>
  mistakesOf(() => planOf(objectStores, services)).map(
    ({ path, found, allowed }) => `${path.replace("c.services.objectStores", "-")}: ${found}: ${allowed}`,
  );
const refusals = (...buckets: object[]): string[] => told({ buckets });

function viewOf(name: string, plan: ReturnType<typeof planOf>) {
  const node = plan.nodes.find((one) => one.name === name);
  assert.ok(node);
  return nodeView(plan, node, { formatted: [], operatorSources: [] });
}

const siteOf = (plan: ReturnType<typeof planOf>): Record<string, string> =>
  viewOf("c-master-1", plan).services["objectStores"]?.["site"] as Record<string, string>;

describe("the service objectStores", () => {
  it("tells S3A each bucket's own endpoint, style and credentials, by the file that only their group reads", () => {
    assert.deepEqual(siteOf(withBuckets(lab, open, { bucket: "logs", credentials: "instance" })), {
      "fs.s3a.bucket.lab.endpoint": "https://s3.example.org:9000",
      "fs.s3a.bucket.lab.connection.ssl.enabled": "true",
      "fs.s3a.bucket.lab.endpoint.region": "us-east-1",
      "fs.s3a.bucket.lab.path.style.access": "true",
      "fs.s3a.bucket.lab.aws.credentials.provider": "org.apache.hadoop.fs.s3a.auth.ProfileAWSCredentialsProvider",
      "fs.s3a.bucket.lab.auth.profile.file": "/etc/muster/objectstores/s3",
      "fs.s3a.bucket.lab.auth.profile.name": "lab",
      "fs.s3a.bucket.lab.committer.magic.enabled": "true",
      "fs.s3a.bucket.open-data.endpoint.region": "eu-central-1",
      "fs.s3a.bucket.open-data.path.style.access": "false",
      "fs.s3a.bucket.open-data.aws.credentials.provider": "org.apache.hadoop.fs.s3a.AnonymousAWSCredentialsProvider",
      "fs.s3a.bucket.open-data.committer.magic.enabled": "true",
      "fs.s3a.bucket.logs.endpoint.region": "us-east-1",
      "fs.s3a.bucket.logs.path.style.access": "false",
      "fs.s3a.bucket.logs.aws.credentials.provider": "org.apache.hadoop.fs.s3a.auth.IAMInstanceCredentialsProvider",
      "fs.s3a.bucket.logs.committer.magic.enabled": "true",
      "fs.s3a.committer.name": "magic",
      "mapreduce.outputcommitter.factory.scheme.s3a": "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory",
    });
  });

  it("tells Google's connector its key, its endpoint, or that there is no key", () => {
    const common = {
      "fs.AbstractFileSystem.gs.impl": "com.google.cloud.hadoop.fs.gcs.GoogleHadoopFS",
      "fs.gs.impl": "com.google.cloud.hadoop.fs.gcs.GoogleHadoopFileSystem",
    };
    assert.deepEqual(siteOf(withBuckets(google)), {
      ...common,
      "fs.gs.auth.type": "SERVICE_ACCOUNT_JSON_KEYFILE",
      "fs.gs.auth.service.account.json.keyfile": "/etc/muster/objectstores/gcs.json",
    });
    assert.deepEqual(siteOf(withBuckets({ ...google, credentials: "none", endpoint: "http://10.0.0.1:4443" })), {
      ...common,
      "fs.gs.auth.type": "UNAUTHENTICATED",
      "fs.gs.storage.root.url": "http://10.0.0.1:4443/",
    });
  });

  it("asks for credentials by name only, on every node, and holds no value of any", () => {
    const plan = withBuckets(lab, { ...lab, bucket: "lab2" }, open, google);
    assert.deepEqual(
      plan.credentials.map(({ name, kind, path }) => `${path} ${kind} ${name}`),
      [
        "services.objectStores.buckets[0].credentials s3 lab",
        "services.objectStores.buckets[1].credentials s3 lab",
        "services.objectStores.buckets[3].credentials gcs google",
      ],
    );
    for (const { view } of jobOf(plan, jobExtras(plan)).nodes) assert.deepEqual(view.credentials, ["google", "lab"]);
    const bare = withBuckets(open);
    assert.ok(!("credentials" in viewOf("c-worker-1", bare)));
  });

  it("brings the jars to clusters that ask for them, of each client's version, and to no others", () => {
    const names = (plan: ReturnType<typeof planOf>): string[] => plan.artifacts.map(({ name }) => name).sort();
    assert.deepEqual(names(planOf(false)), ["hadoop"]);
    assert.deepEqual(names(withBuckets(lab)), ["hadoop", "s3a-hadoop"]);
    assert.deepEqual(names(withBuckets(google)), ["gcs-connector", "hadoop"]);
    assert.deepEqual(names(planOf({ buckets: [lab] }, { spark: true })), [
      "hadoop",
      "s3a-hadoop",
      "s3a-spark",
      "spark",
    ]);
  });

  it("puts them where YARN's containers and Spark's executors look, and keeps the user's own class path", () => {
    const services = { spark: { properties: { "spark.executor.extraClassPath": "/srv/own.jar" } } };
    const view = viewOf("c-worker-1", planOf({ buckets: [lab] }, services));
    const yarn = view.services["yarn"]?.["yarnSite"] as Record<string, string>;
    assert.equal(yarn["yarn.application.classpath"], "/etc/hadoop,/opt/hadoop/lib/*,/opt/objectstores/hadoop/*");
    const spark = view.services["spark"]?.["defaults"] as Record<string, string>;
    assert.equal(spark["spark.driver.extraClassPath"], "/opt/objectstores/spark/*");
    assert.equal(spark["spark.executor.extraClassPath"], "/srv/own.jar:/opt/objectstores/spark/*");
    assert.match(spark["spark.sql.sources.commitProtocolClass"] ?? "", /PathOutputCommitProtocol$/);
    const without = viewOf("c-worker-1", planOf(false, services)).services;
    assert.equal(
      (without["yarn"]?.["yarnSite"] as Record<string, string>)["yarn.application.classpath"],
      "/etc/hadoop,/opt/hadoop/lib/*",
    );
    assert.equal((without["spark"]?.["defaults"] as Record<string, string>)["spark.driver.extraClassPath"], undefined);
  });

  it("lets those daemons read the credentials that run people's jobs, where they are", () => {
    const units = (name: string, plan: ReturnType<typeof planOf>): unknown =>
      viewOf(name, plan).services["objectStores"]?.["units"];
    const plan = withBuckets(lab);
    assert.deepEqual(units("c-master-1", plan), []);
    assert.deepEqual(units("c-worker-1", plan), ["yarn-nodemanager"]);
    const own = planOf({ buckets: [lab] }, {}, { kind: "spark" });
    assert.deepEqual(units("c-worker-1", own), ["spark-worker"]);
  });

  it("is checked by writing where people are and reading where jobs run", () => {
    const checks = withBuckets(lab).checks.filter(({ service }) => service === "objectStores");
    assert.deepEqual(
      checks.map(({ name, on, after = [] }) => [name, on, after]),
      [
        ["object stores: write here", ["c-master-1"], []],
        ["object stores: read there", ["c-worker-1", "c-worker-2"], ["object stores: write here"]],
      ],
    );
  });

  it("refuses a bucket without credentials, of an unknown kind, or twice", () => {
    assert.deepEqual(refusals({ bucket: "lab" }), [
      "-.buckets[0].credentials: nothing: needed: a name in muster:credentials, instance (the machine's own role) or none (a public bucket)",
    ]);
    assert.match(refusals({ ...lab, kind: "gsc" })[0] ?? "", /^-\.buckets\[0\]\.kind: "gsc": .*\(s3, gcs\)$/);
    assert.deepEqual(refusals(lab, lab), ['-.buckets[1].bucket: "lab": named twice; once is enough']);
    // Two stores may well have buckets of one name.
    assert.equal(withBuckets(lab, { ...google, bucket: "lab" }).credentials.length, 2);
    assert.deepEqual(told(true), ["-.buckets: nothing: allowed: a list of buckets"]);
    assert.deepEqual(told({ buckets: [] }), ["-.buckets: a list of 0: needed: at least one bucket"]);
  });

  it("refuses credentials over plain http unless that is allowed, and endpoints with more in them than a host", () => {
    const plain = { ...lab, endpoint: "http://10.0.0.1:9000" };
    assert.match(
      refusals(plain)[0] ?? "",
      /^-\.buckets\[0\]\.endpoint: http:\/\/10\.0\.0\.1:9000: with credentials: https/,
    );
    assert.match(refusals({ ...plain, credentials: "instance" })[0] ?? "", /buckets\[0\]\.endpoint/);
    assert.equal(
      siteOf(withBuckets({ ...plain, allowHttp: true }))["fs.s3a.bucket.lab.connection.ssl.enabled"],
      "false",
    );
    assert.ok(withBuckets({ ...plain, credentials: "none" }));
    for (const endpoint of ["https://key:word@host", "s3.example.org", "https://host/bucket", "ftp://host"])
      assert.match(refusals({ ...lab, endpoint })[0] ?? "", /^-\.buckets\[0\]\.endpoint: /, endpoint);
  });

  it("refuses secrets among properties without repeating them, and what follows from the options", () => {
    const mistakes = refusals({ ...lab, properties: { "secret.key": "hunter2", "path.style.access": false } });
    assert.deepEqual(mistakes, [
      '-.buckets[0].properties["secret.key"]: a secret: no secrets here: see credentials',
      `-.buckets[0].properties["path.style.access"]: "false": any property but this one: it is set for you (see the bucket's options)`,
    ]);
    assert.equal(
      siteOf(withBuckets({ ...lab, properties: { "connection.maximum": 9 } }))["fs.s3a.bucket.lab.connection.maximum"],
      "9",
    );
  });

  it("refuses what Google's connector cannot do, and a cluster whose programs could not use it", () => {
    assert.deepEqual(refusals({ ...google, region: "eu" }), ["-.buckets[0].region: eu: of kind s3 only: leave it out"]);
    assert.match(
      refusals(google, { ...google, bucket: "other", credentials: "none" })[0] ?? "",
      /^-\.buckets\[1\]: other: credentials, endpoint and properties as of shelf/,
    );
    assert.match(
      mistakesOf(() => planOf({ buckets: [lab] }, {}, { kind: "pool" }))[0]?.found ?? "",
      /without hdfs and spark/,
    );
  });
});
