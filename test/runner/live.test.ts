import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { forgetMachineFailures, tellMachineFailure } from "../../contract/machine-failures.ts";
import type { ProgressEvent, RunSummary } from "../../contract/summary.ts";
import { sharedSecret } from "../../runner/identity.ts";
import { programs } from "../hosts/muster-local.ts";
import { openSeconds } from "../hosts/test-hosts.ts";
import { TestCluster } from "./cluster.ts";
import { until } from "./until.ts";
import { clusterId, SHARED } from "./worker-node.ts";

const sshProcesses = (state: string): string[] =>
  execFileSync("ps", ["-eo", "pid,args"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(state) && !line.includes("ps -eo"));

describe("the runner on real hosts", function () {
  this.timeout(180_000);
  const cluster = new TestCluster();
  const workerNode = cluster.workerNode.bind(cluster);
  const onHost = cluster.onHost.bind(cluster);
  const runsOn = async (node: string) => Number(await onHost(node, "cat /var/lib/muster/prepared | wc -l"));

  before(async function () {
    this.timeout(openSeconds * 1000);
    await cluster.open([1, 2]);
  });
  after(() => cluster.close());

  it("meets new hosts, enrols and configures them", async () => {
    cluster.checks = [
      {
        name: "noise",
        service: "x",
        on: ["live-worker-1"],
        mode: "any",
        run: ["fake/noise"],
        timeoutSeconds: 20,
        required: true,
      },
      {
        name: "base: clock",
        service: "base",
        on: ["live-worker-1", "live-worker-2"],
        mode: "each",
        run: ["base/clock", "[]"],
        timeoutSeconds: 20,
        after: ["noise"],
        required: true,
      },
    ];
    const ended = await cluster.run(cluster.job([workerNode(1), workerNode(2)]));
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(ended.summary?.state, "ready");
    assert.ok(ended.stdout.length <= 1025);
    assert.deepEqual(
      cluster.whole().nodes.map((node) => [node.name, node.changed]),
      [
        ["live-worker-1", true],
        ["live-worker-2", true],
      ],
    );
    const principals = await onHost("live-worker-1", "ssh-keygen -L -f /etc/ssh/ssh_host_ed25519_key-cert.pub");
    assert.match(principals, /live-worker-1\.live\.internal/);
    const user = await onHost(
      "live-worker-1",
      "ssh-keygen -L -f ~muster/.ssh/id_ed25519-cert.pub; stat -c %U ~muster/.ssh/*",
    );
    assert.match(user, /Principals: \n\s+muster/);
    assert.doesNotMatch(user, /root/);
    assert.equal(await onHost("live-worker-1", "stat -c %a /etc/muster/secrets.json"), "600");
    for (const file of [
      "ssh/config",
      "ssh/id_ed25519",
      "ssh/known_hosts",
      "journal.jsonl",
      "events.jsonl",
      "last.json",
    ])
      assert.equal(statSync(join(cluster.folder, file)).mode & 0o777, 0o600, file);
    assert.match(readFileSync(join(cluster.folder, "journal.jsonl"), "utf8"), /"formatted":\["store"\]/);
    // Of the line in which the secret number stands.
    const secrets = [cluster.identity.userCa.private.split("\n")[6], sharedSecret(cluster.identity.seed, SHARED)];
    const written = readdirSync(cluster.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
      .filter((text) => secrets.some((secret) => secret !== undefined && text.includes(secret)));
    assert.deepEqual(written, []);
  });

  it("asks a node that has everything only once", async () => {
    const before = await runsOn("live-worker-1");
    const ended = await cluster.run(cluster.job([workerNode(1), workerNode(2)]), 2);
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(await runsOn("live-worker-1"), before);
    assert.ok(cluster.whole().nodes.every((node) => node.changed === false));
    // The store was formatted in the first run: the view says so now, and nothing was configured for it.
    assert.match(await onHost("live-worker-1", "cat /etc/muster/cluster.json"), /"formatted": \[\s+"store"\s+\]/);
  });

  it("starts what is down without configuring again", async () => {
    const before = await runsOn("live-worker-1");
    await onHost("live-worker-1", "systemctl stop fake.service");
    const ended = await cluster.run(cluster.job([workerNode(1), workerNode(2)]), 3);
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(await onHost("live-worker-1", "systemctl is-active fake.service"), "active");
    assert.equal(await runsOn("live-worker-1"), before);
  });

  it("joins the same run again after the connection was lost, and restarts one after another", async () => {
    const before = await runsOn("live-worker-1");
    await onHost("live-worker-1", "echo 4 >/etc/muster/slow");
    const { ended } = cluster.start(cluster.job([workerNode(1, "changed"), workerNode(2, "changed")]));
    await until("prepare is under way", async () => (await runsOn("live-worker-1")) === before + 1);
    await pause(500);
    await onHost(
      "live-worker-1",
      "pkill -KILL -f '^sshd: muster' || pkill -KILL -f 'sshd: muster'; rm /etc/muster/slow",
    );
    const end = await ended;
    assert.equal(end.code, 0, end.stderr);
    assert.equal(await runsOn("live-worker-1"), before + 1, "prepare ran once");
    const log = readFileSync(join(cluster.folder, "logs", cluster.lastRun(), "live-worker-1.log"), "utf8");
    assert.match(log, /connection lost/);
  });

  it("stops at once when its parent is killed, leaves nothing behind, and the next run joins", async () => {
    const before = await runsOn("live-worker-1");
    await onHost("live-worker-1", "echo 8 >/etc/muster/slow");
    const job = cluster.job([workerNode(1, "orphaned"), workerNode(2, "orphaned")]);
    // A shell that stays between: the runner's parent.
    const { child } = cluster.start(job, 1, ["sh", "-c", '"$0" "$@"; exit $?']);
    await until("prepare is under way", async () => (await runsOn("live-worker-1")) === before + 1);
    process.kill(child.pid ?? 0, "SIGKILL");
    await until("nothing is left of it", () => sshProcesses(cluster.state).length === 0, 5);
    const journal = (): string => readFileSync(join(cluster.folder, "journal.jsonl"), "utf8");
    await until("its end is written down", () => /interrupted/.test(journal().trim().split("\n").at(-1) ?? ""));
    await onHost("live-worker-1", "rm /etc/muster/slow");
    const end = await cluster.run(job, 2);
    assert.equal(end.code, 0, end.stderr);
    assert.equal(await runsOn("live-worker-1"), before + 1, "the first run's prepare was joined");
  });

  it("is degraded when a node within the quorum never comes", async () => {
    cluster.machineSeconds = 4;
    const ended = await cluster.run(cluster.job([workerNode(1), workerNode(2), workerNode(9)]));
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(ended.summary?.state, "degraded");
    assert.deepEqual(
      ended.summary?.nodes.map((node) => [node.name, node.state, node.stage]),
      [["live-worker-9", "unreachable", "machine"]],
    );
  });

  it("does not wait for a machine that could not be made, and says why", async () => {
    cluster.machineSeconds = 100;
    const before = process.env.XDG_STATE_HOME;
    process.env.XDG_STATE_HOME = cluster.state;
    tellMachineFailure(clusterId, "live-worker-9", "its host could not be made: no room");
    const started = Date.now();
    const ended = await cluster.run(cluster.job([workerNode(1), workerNode(2), workerNode(9)]));
    forgetMachineFailures(clusterId);
    if (before === undefined) delete process.env.XDG_STATE_HOME;
    else process.env.XDG_STATE_HOME = before;
    cluster.machineSeconds = 4;
    assert.ok(Date.now() - started < 60_000, "it did not wait");
    assert.deepEqual(
      ended.summary?.nodes.map((node) => [node.name, node.state, node.stage, node.reason]),
      [["live-worker-9", "unreachable", "machine", "its host could not be made: no room"]],
    );
  });

  it("treats a node whose change was cut off as one that serves: restarts are planned and take turns", async () => {
    const activations = () =>
      readFileSync(join(cluster.folder, "events.jsonl"), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as ProgressEvent)
        .filter((event) => event.stage === "activate" && event.state === "started")
        .map((event) => [event.node, event.text]);
    // Gone when new inputs arrive, back when they are brought about.
    await onHost("live-worker-2", "rm /var/lib/muster/applied.json");
    const ended = await cluster.run(cluster.job([workerNode(1), workerNode(2)]), 7);
    assert.equal(ended.summary?.state, "ready", ended.stderr);
    assert.deepEqual(activations().at(-1), ["live-worker-2", "restart fake"]);
  });

  it("configures again, when told to look, also what has everything; and what it did not reach, the next time", async () => {
    const nodes = [workerNode(1), workerNode(2)];
    const runs = async () => [await runsOn("live-worker-1"), await runsOn("live-worker-2")];
    const [first = 0, second = 0] = await runs();
    await onHost("live-worker-2", "touch /etc/muster/broken");
    cluster.env = { MUSTER_CHECK: "1" };
    const looked = await cluster.run(cluster.job(nodes), 8);
    cluster.env = {};
    await onHost("live-worker-2", "rm /etc/muster/broken");
    assert.equal(looked.summary?.state, "degraded", looked.stderr);
    assert.deepEqual(await runs(), [first + 1, second + 1]);
    const mended = await cluster.run(cluster.job(nodes), 9);
    assert.equal(mended.summary?.state, "ready", mended.stderr);
    assert.deepEqual(await runs(), [first + 1, second + 2]);
    const log = readFileSync(join(cluster.folder, "logs", cluster.lastRun(), "live-worker-2.log"), "utf8");
    assert.match(log, /prepare started/);
  });

  it("fails when the quorum is lost, and says which node, stage and reason in its last line", async () => {
    cluster.minReady = 3;
    const ended = await cluster.run(cluster.job([workerNode(1), workerNode(2), workerNode(9)]));
    cluster.minReady = 1;
    assert.equal(ended.code, 1);
    assert.match(ended.stderr.trim().split("\n").at(-1) ?? "", /live-worker-9 \(machine: nothing answers at /);
  });

  it("names a failed role's task and goes on with the others", async () => {
    await onHost("live-worker-2", "touch /etc/muster/broken");
    const ended = await cluster.run(cluster.job([workerNode(1, "broken"), workerNode(2, "broken")]));
    await onHost("live-worker-2", "rm /etc/muster/broken");
    assert.equal(ended.summary?.state, "degraded", ended.stderr);
    assert.deepEqual(
      ended.summary?.nodes.map((node) => [node.name, node.stage, node.reason]),
      [["live-worker-2", "prepare", "fake: Break: as told"]],
    );
    const healed = await cluster.run(cluster.job([workerNode(1, "broken"), workerNode(2, "broken")]), 2);
    assert.equal(healed.summary?.state, "ready", healed.stderr);
  });

  it("ends with the reason when a service refuses to let members go", async () => {
    cluster.leave = [{ service: "store", on: ["live-worker-1"], run: ["store"], timeoutSeconds: 20 }];
    const asked = await cluster.run(cluster.job([workerNode(1), workerNode(2)]));
    assert.equal(asked.code, 0, asked.stderr);
    const wanted = JSON.parse(await onHost("live-worker-1", "cat /var/lib/muster/wanted.json")) as {
      formatted: boolean;
      wanted: unknown[];
    };
    assert.deepEqual([wanted.formatted, wanted.wanted.length], [true, 2]);
    await onHost("live-worker-1", "touch /etc/muster/refuse");
    const refused = await cluster.run(cluster.job([workerNode(1, "after leave")]));
    await onHost("live-worker-1", "rm /etc/muster/refuse");
    cluster.leave = [];
    assert.equal(refused.code, 1);
    assert.match(refused.stderr.trim().split("\n").at(-1) ?? "", /too few copies would stay; the machines stay/);
  });

  it("verifies without changing anything", async () => {
    const main = join(import.meta.dirname, "../../runner/main.ts");
    const env = { ...process.env, ...programs(), XDG_STATE_HOME: cluster.state };
    const verify = () =>
      spawnSync(process.execPath, [main, "verify", "--cluster", clusterId, "--json"], { env, encoding: "utf8" });
    const summaryOf = (text: string) => JSON.parse(text) as RunSummary;
    const refused = verify();
    assert.equal(refused.status, 1, refused.stderr);
    assert.equal(summaryOf(refused.stdout).nodes[0]?.reason, "is not configured by the last job");
    const ended = await cluster.run(cluster.job([workerNode(1), workerNode(2)]));
    assert.equal(ended.code, 0, ended.stderr);
    const before = await runsOn("live-worker-1");
    const good = verify();
    assert.equal(good.status, 0, good.stderr);
    assert.deepEqual(
      summaryOf(good.stdout).checks.map((check) => [check.name, check.ok]),
      [
        ["base: every node ready", true],
        ["base: firewall from outside", true],
        ["noise", true],
        ["base: clock", true],
      ],
    );
    await onHost("live-worker-2", "systemctl stop fake.service");
    const degraded = verify();
    assert.equal(degraded.status, 3, degraded.stderr);
    assert.equal(summaryOf(degraded.stdout).nodes[1]?.reason, "fake is inactive");
    assert.equal(await runsOn("live-worker-1"), before);
  });

  it("runs a command on nodes by name", () => {
    const main = join(import.meta.dirname, "../../runner/main.ts");
    const env = { ...process.env, ...programs(), XDG_STATE_HOME: cluster.state };
    const args = [main, "run", "--cluster", clusterId, "--on", "live-worker-1", "--", "hostname"];
    assert.equal(execFileSync(process.execPath, args, { env, encoding: "utf8" }), "live-worker-1  live-worker-1\n");
  });
});
