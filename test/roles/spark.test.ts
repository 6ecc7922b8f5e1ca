import assert from "node:assert/strict";
import { ensureArtifact } from "../../runner/artifacts/index.ts";
import type { NodeInputs } from "../../runner/converge/inputs.ts";
import { openSeconds } from "../hosts/test-hosts.ts";
import { HostMaker, type TestHost } from "./host.ts";
import { duePlan, nothingDue, runStep } from "./node.ts";
import { SingleNode } from "./single-node.ts";

/** In the order in which they start. */
const daemons = ["sparkhistory", "sparkmaster", "sparkworker"];

describe("spark on a host that is a whole cluster", function () {
  this.timeout(300_000);
  const cluster = new SingleNode(["spark"]);
  const maker = new HostMaker("roles-spark", cluster.owner);
  let host: TestHost;

  const give = async ({ view, secrets }: NodeInputs): Promise<void> => {
    await host.write("/etc/muster/cluster.json", JSON.stringify(view));
    await host.run(["/bin/sh", "-c", "umask 077; cat >/etc/muster/secrets.json"], JSON.stringify(secrets));
  };

  before(async function () {
    this.timeout(openSeconds * 1000);
    host = await maker.start((hosts) => cluster.wishIn(hosts.subnet));
    for (const id of cluster.artifacts()) await ensureArtifact(id);
    await give(cluster.inputs());
  });
  after(() => maker.remove());

  it("is prepared, its daemons are to be started, and nothing is left to change", async () => {
    const first = await runStep(host, "prepare");
    assert.equal(first.last?.state, "done", first.last?.text);
    assert.deepEqual((await runStep(host, "prepare")).last, { state: "done", changed: 0 });
    const { start } = await duePlan(host);
    assert.deepEqual(
      start.filter((name) => name.startsWith("spark")),
      daemons,
    );
  });

  it("shows its secret to the group spark only, of which the cluster's users are", async () => {
    const { secrets } = cluster.inputs();
    const secret = secrets["spark.authenticate"] ?? "";
    assert.match(secret, /^[0-9a-f]{64}$/);
    const holders = (
      await host.sh(`grep -rlF ${secret} /etc /opt/spark/libexec /var/lib /tmp /run 2>/dev/null || true`)
    )
      .trim()
      .split("\n");
    assert.deepEqual(holders.sort(), ["/etc/muster/secrets.json", "/etc/spark/spark-defaults.conf"]);
    assert.equal(await host.sh("stat -c '%a %U %G' /etc/spark/spark-defaults.conf"), "640 root spark");
    assert.equal(await host.sh("id -nG muster"), "muster spark");
    assert.match(await host.sh("sudo -u nobody spark-submit --version 2>&1 || true"), /is not in the group spark/);
  });

  it("has commands that know where everything is", async () => {
    assert.match(await host.sh("sudo -u muster spark-submit --version 2>&1"), /version 4\.\d+\.\d+/);
    assert.equal(await host.sh("sudo -u muster bash -lc 'echo $SPARK_HOME $JAVA_HOME'"), "/opt/spark /opt/java");
  });

  it("restarts, when the secret or a property changes, who reads it, and nobody else", async () => {
    const { code, last } = await runStep(host, "activate");
    assert.equal(code, 0, last?.text);
    assert.deepEqual(await duePlan(host), nothingDue);
    const changed = { spark: { properties: { "spark.executor.heartbeatInterval": "11s" } } };
    await give(cluster.inputs({ services: { hdfs: false, yarn: false, mapreduce: false, ...changed } }));
    assert.equal((await runStep(host, "prepare")).last?.changed, 1);
    assert.deepEqual(await duePlan(host), { ...nothingDue, restart: daemons });
  });

  it("refuses, by name, a Python that Spark does not work with, and an artifact that is not there", async () => {
    const inputs = cluster.inputs();
    const settings = inputs.view.services["spark"] as Record<string, unknown>;
    const python = { path: "/usr/bin/python3", first: 30, last: 31 };
    const services = { ...inputs.view.services, spark: { ...settings, python } };
    await give({ ...inputs, view: { ...inputs.view, services } });
    const old = (await runStep(host, "prepare")).last;
    assert.match(
      old?.text ?? "",
      /^spark: Find the Python of jobs: .*is Python 3\.\d+; Spark works with 3\.30 to 3\.31/,
    );
    await give({ ...inputs, view: { ...inputs.view, artifacts: { spark: "spark-0" } } });
    const bare = (await runStep(host, "prepare")).last;
    assert.match(bare?.text ?? "", /spark-0 is not there: Spark's artifact has not reached this node/);
  });
});
