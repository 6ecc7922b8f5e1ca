import assert from "node:assert/strict";
import { ensureArtifact } from "../../runner/artifacts/index.ts";
import { openSeconds } from "../hosts/test-hosts.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";
import { HostMaker, type TestHost } from "./host.ts";
import { runStep } from "./node.ts";
import { SingleNode } from "./single-node.ts";

const buckets = [
  { bucket: "lab", credentials: "lab", endpoint: "https://s3.example.org:9000" },
  { bucket: "other", credentials: "spare" },
  { bucket: "shelf", kind: "gcs" as const, credentials: "google" },
];
const services = { hdfs: false, yarn: false, mapreduce: false, spark: true, objectStores: { buckets } };
const account = { client_email: "muster@example.org", private_key: "canary-of-google" };

const given = (secretKey: string): Record<string, string> => ({
  lab: JSON.stringify({ accessKey: "AKLAB", secretKey }),
  spare: JSON.stringify({ accessKey: "AKSPARE", secretKey: "canary-of-spare", sessionToken: "token" }),
  google: JSON.stringify({ serviceAccount: JSON.stringify(account) }),
});

/** The files alone: neither Java nor Spark has to be there for them. */
describe("object stores on a host", function () {
  this.timeout(300_000);
  eachNeedsTheOneBefore(this);
  const cluster = new SingleNode(services);
  const maker = new HostMaker("roles-object-stores", cluster.owner);
  let host: TestHost;

  const prepared = async (credentials: Record<string, string>, ...roles: string[]): Promise<number | undefined> => {
    const { view, secrets } = cluster.inputs({ credentials });
    await host.write("/etc/muster/cluster.json", JSON.stringify({ ...view, apply: ["base", ...roles] }));
    await host.run(["/bin/sh", "-c", "umask 077; cat >/etc/muster/secrets.json"], JSON.stringify(secrets));
    const { last } = await runStep(host, "prepare");
    assert.equal(last?.state, "done", last?.text);
    return last.changed;
  };
  const holders = async (canary: string): Promise<string[]> =>
    (await host.sh(`grep -rlF ${canary} /etc /opt/objectstores /var /tmp /run 2>/dev/null | sort`)).trim().split("\n");

  before(async function () {
    this.timeout(openSeconds * 1000);
    host = await maker.start((hosts) => cluster.wishIn(hosts.subnet));
    for (const id of cluster.artifacts().filter((one) => /^(s3a|gcs)-/.test(one))) await ensureArtifact(id);
  });
  after(() => maker.remove());

  it("are the clients' jars, the settings, and credentials that their group only may read", async () => {
    await prepared(given("canary-of-lab"), "objectstores");
    assert.equal(await prepared(given("canary-of-lab"), "objectstores"), 0);
    const jars = await host.sh(
      "cd /opt/objectstores/spark && ls -L hadoop-aws-*.jar s3-2*.jar gcs-connector-*.jar | wc -l",
    );
    assert.equal(jars, "3");
    assert.match(await host.sh("cat /etc/hadoop/core-site.xml"), /fs\.s3a\.bucket\.lab\.auth\.profile\.name</);
    assert.equal(
      await host.sh("stat -c '%a %U %G %n' /etc/muster/objectstores/*"),
      "640 root objectstores /etc/muster/objectstores/gcs.json\n640 root objectstores /etc/muster/objectstores/s3",
    );
    assert.equal(
      await host.sh("sudo -u muster grep -v ^# /etc/muster/objectstores/s3"),
      `[lab]
aws_access_key_id = AKLAB
aws_secret_access_key = canary-of-lab
[spare]
aws_access_key_id = AKSPARE
aws_secret_access_key = canary-of-spare
aws_session_token = token`,
    );
    assert.deepEqual(JSON.parse(await host.sh("cat /etc/muster/objectstores/gcs.json")), account);
    assert.match(await host.sh("sudo -u nobody cat /etc/muster/objectstores/s3 2>&1 || true"), /Permission denied/);
    for (const canary of ["canary-of-lab", "canary-of-spare"])
      assert.deepEqual(await holders(canary), ["/etc/muster/objectstores/s3", "/etc/muster/secrets.json"]);
    assert.match(await host.sh("cat /etc/systemd/system/spark-worker.service.d/objectstores.conf"), /=objectstores$/);
  });

  it("are given another key by one changed file, and lose all of them when the role no longer applies", async () => {
    assert.equal(await prepared(given("canary-of-later"), "objectstores"), 1);
    assert.deepEqual(await holders("canary-of-lab"), [""]);
    await prepared({ ...given("canary-of-later") });
    assert.deepEqual(await holders("canary-of-later"), ["/etc/muster/secrets.json"]);
    assert.equal(await host.sh("ls /etc/muster/objectstores"), "");
  });
});
