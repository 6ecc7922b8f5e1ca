import assert from "node:assert/strict";
import type { NodeInputs } from "../../runner/converge/inputs.ts";
import { ensureArtifact } from "../../runner/artifacts/index.ts";
import { openSeconds } from "../hosts/test-hosts.ts";
import { HostMaker, type TestHost } from "./host.ts";
import { duePlan, nothingDue, runStep } from "./node.ts";
import { SingleNode } from "./single-node.ts";

const daemons = ["namenode", "secondarynamenode", "datanode", "resourcemanager", "nodemanager", "historyserver"];

describe("hadoop, hdfs, yarn and mapreduce on a host that is a whole cluster", function () {
  this.timeout(300_000);
  const cluster = new SingleNode();
  const maker = new HostMaker("roles-hadoop", cluster.owner);
  let host: TestHost;

  const give = async ({ view, secrets }: NodeInputs): Promise<void> => {
    await host.write("/etc/muster/cluster.json", JSON.stringify(view));
    await host.run(["/bin/sh", "-c", "umask 077; cat >/etc/muster/secrets.json"], JSON.stringify(secrets));
  };
  const units = async (): Promise<string[]> =>
    (await host.sh('cd /etc/muster/daemons && sed -n \'s/.*"unit": *"\\([^"]*\\)".*/\\1/p\' *.json'))
      .trim()
      .split("\n");
  const pids = async (): Promise<Record<string, string>> => {
    const names = await units();
    const shown = await host.sh(`for unit in ${names.join(" ")}; do systemctl show -p MainPID --value $unit; done`);
    return Object.fromEntries(
      shown
        .trim()
        .split("\n")
        .map((pid, at) => [names[at] ?? "", pid]),
    );
  };

  before(async function () {
    this.timeout(openSeconds * 1000);
    host = await maker.start((hosts) => cluster.wishIn(hosts.subnet));
    for (const id of cluster.artifacts()) await ensureArtifact(id);
    await give(cluster.inputs());
  });
  after(() => maker.remove());

  it("is planned with every daemon on its one node", () => {
    assert.deepEqual([...cluster.inputs().view.node.daemons].sort(), [...daemons].sort());
  });

  it("is prepared, and nothing is left to change", async () => {
    const first = await runStep(host, "prepare");
    assert.equal(first.last?.state, "done", first.last?.text);
    assert.deepEqual((await runStep(host, "prepare")).last, { state: "done", changed: 0 });
  });

  it("starts every daemon, and nothing is left to start", async () => {
    const { code, last } = await runStep(host, "activate");
    assert.equal(code, 0, last?.text);
    assert.deepEqual(await duePlan(host), nothingDue);
    const names = await units();
    assert.deepEqual(
      (await host.sh(`systemctl is-active ${names.join(" ")}`)).trim().split("\n"),
      names.map(() => "active"),
    );
    for (const daemon of daemons)
      assert.ok(
        names.some((name) => name.includes(daemon)),
        `${daemon} in ${names.join(" ")}`,
      );
    assert.equal(await host.sh("systemctl --failed --quiet"), "");
  });

  it("changes nothing once HDFS has been formatted and everything runs", async () => {
    const before = await pids();
    await give(cluster.inputs({ formatted: ["hdfs"] }));
    // Only what guards the store against being formatted again may be news.
    await runStep(host, "prepare");
    assert.deepEqual((await runStep(host, "prepare")).last, { state: "done", changed: 0 });
    assert.deepEqual(await duePlan(host), nothingDue);
    assert.deepEqual((await runStep(host, "activate")).events, [{ state: "done", changed: 0 }]);
    assert.deepEqual(await pids(), before);
  });

  for (const program of ["hadoop", "hdfs", "yarn", "mapred"]) {
    it(`answers by the command ${program}`, async () => {
      assert.match(await host.sh(`${program} version`), /^Hadoop 3\./);
      const classpath = (await host.sh(`${program} classpath`)).trim();
      assert.match(classpath, /^\/etc\/hadoop:/);
    });
  }

  it("restarts who reads YARN's properties when one changes, the history server among them, and leaves HDFS alone", async () => {
    const before = await pids();
    // In the order in which they start; the history server shows YARN's logs of jobs.
    const readers = ["nodemanager", "resourcemanager", "historyserver"];
    const changed = { yarn: { properties: { "yarn.nodemanager.log.retain-seconds": "3600" } } };
    await give(cluster.inputs({ formatted: ["hdfs"], services: changed }));
    const { last } = await runStep(host, "prepare");
    assert.equal(last?.state, "done", last?.text);
    assert.deepEqual(await duePlan(host), { ...nothingDue, restart: readers });
    assert.equal((await runStep(host, "activate")).code, 0);
    const after = await pids();
    const restarted = Object.keys(after).filter((unit) => after[unit] !== before[unit]);
    assert.deepEqual(restarted.sort(), [
      "mapred-historyserver.service",
      "yarn-nodemanager.service",
      "yarn-resourcemanager.service",
    ]);
    assert.deepEqual((await runStep(host, "prepare")).last, { state: "done", changed: 0 });
    assert.deepEqual(await duePlan(host), nothingDue);
  });
});
