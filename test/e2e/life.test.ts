import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import type { ClusterStatus } from "../../cli/status.ts";
import type { RunSummary } from "../../contract/summary.ts";
import { podman } from "../../components/clouds/local/podman.ts";
import { Checkout, expectCode } from "./checkout.ts";
import { containerIds, logins, packetRules, processesMentioning, remains, tagged } from "./machine.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";

const MINUTE = 60_000;

/** One cluster's whole life, as its user sees it. Each step needs the one before. */
describe("a Hadoop cluster on this machine", function () {
  this.timeout(5 * MINUTE);
  eachNeedsTheOneBefore(this);
  const checkout = new Checkout();
  const { name } = checkout;
  const stack = name;
  const id = checkout.clusterId(stack, name);
  const yaml = `# the user's own words
config:
  muster:cloud: local
  muster:clusters:
    - name: ${name}
      kind: hadoop
      pools:
        master: 1
        worker: { count: 2, memory: 1 GiB, minReady: 1 }
      services:
        hdfs: { replication: 2 }
`;
  const rulesBefore = packetRules();

  before(() => checkout.writeStack(stack, yaml));
  after(() => checkout.remove(stack));

  it("comes up verified, with a Pi job run by a user", async function () {
    this.timeout(20 * MINUTE);
    const { stdout } = await checkout.up();
    assert.match(stdout, new RegExp(`${name} is ready: 3 of 3 nodes, \\d+ checks passed`));
    assert.match(stdout, /hdfs:\/\//);
    assert.match(stdout, new RegExp(`\\./muster ssh --stack ${stack}`));
    const { checks } = await checkout.status();
    const pi = checks.find((check) => /\bpi\b/i.test(check.name));
    assert.ok(pi?.ok, `no Pi among ${checks.map((check) => check.name).join(", ")}`);
  });

  it("leaves the user's stack file as it was", () => assert.equal(checkout.readStack(stack), yaml));

  it("keeps state and secrets from other users of the machine", () => {
    const open = readdirSync(checkout.state, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes("/artifacts"))
      .map((entry) => `${entry.parentPath}/${entry.name}`)
      .filter((file) => (statSync(file).mode & 0o077) !== 0);
    const exposed = open.filter(() => (statSync(checkout.state).mode & 0o077) !== 0);
    assert.deepEqual(exposed, []);
  });

  it("says how it stands, in the documented shape", async () => {
    const printed = expectCode(await checkout.onStack("status", "--json"), 0);
    const told = JSON.parse(printed.stdout) as ClusterStatus;
    assert.deepEqual(Object.keys(told), ["cluster", "stack", "cloud", "state", "nodes", "endpoints", "checks"]);
    assert.deepEqual([told.cluster, told.stack, told.cloud, told.state], [name, stack, "local", "ready"]);
    const nodes = told.nodes.map((node) => [node.name, node.pool, node.roles, node.state]);
    assert.deepEqual(nodes, [
      [`${name}-master-1`, "master", ["master"], "ready"],
      [`${name}-worker-1`, "worker", ["worker"], "ready"],
      [`${name}-worker-2`, "worker", ["worker"], "ready"],
    ]);
    for (const node of told.nodes) assert.match(node.address, /^\d+\.\d+\.\d+\.\d+$/);
    assert.ok(told.checks.every((check) => check.ok && typeof check.seconds === "number" && check.detail !== ""));
  });

  it("does nothing the second time: no change, no SSH", async () => {
    const runs = () => readdirSync(checkout.clusterPath(stack, name, "logs"));
    const journal = () => readFileSync(checkout.clusterPath(stack, name, "journal.jsonl"), "utf8");
    const hosts = await tagged("container", id);
    const loginsNow = () => Promise.all(hosts.map((host) => logins(host)));
    const before = { runs: runs(), journal: journal(), logins: await loginsNow(), ids: await containerIds(id) };
    assert.ok(before.logins.every((count) => count > 0));
    const { stdout } = await checkout.up();
    assert.match(stdout, /is unchanged, last verified today at \d\d:\d\d/);
    const after = { runs: runs(), journal: journal(), logins: await loginsNow(), ids: await containerIds(id) };
    assert.deepEqual(after, before);
  });

  it("is listed", async () => {
    const { stdout } = expectCode(await checkout.muster("list"), 0);
    assert.match(stdout, new RegExp(`${stack} +${name} +local +ready +3 of 3`));
  });

  it("lets its user in, with words and exit codes as they are", async () => {
    const words = expectCode(
      await checkout.onStack("ssh", "worker-1", "--", "printf", "%s\\n", "two words", "a'b$HOME"),
      0,
    );
    assert.equal(words.stdout, "two words\na'b$HOME\n");
    expectCode(await checkout.onStack("ssh", `${name}-master-1`, "--", "sh", "-c", "exit 7"), 7);
    const { stderr } = expectCode(await checkout.onStack("ssh", "workr-1", "--", "true"), 2);
    assert.match(stderr, new RegExp(`did you mean "${name}-worker-1"`));
  });

  it("runs commands on roles and where users work", async () => {
    const { stdout } = expectCode(await checkout.onStack("run", "--on", "worker", "--", "hostname"), 0);
    const lines = [1, 2].map((n) => `${name}-worker-${n}  ${name}-worker-${n}`);
    assert.deepEqual(stdout.trim().split("\n").sort(), lines);
    expectCode(await checkout.onStack("run", "--", "hdfs", "dfs", "-ls", "/"), 0);
  });

  it("copies files there and back", async () => {
    const file = checkout.path("there.txt");
    writeFileSync(file, "hello\n");
    expectCode(await checkout.onStack("copy", file, "worker-2:/tmp/there.txt"), 0);
    mkdirSync(checkout.path("back"));
    expectCode(await checkout.onStack("copy", "worker-2:/tmp/there.txt", checkout.path("back")), 0);
    assert.equal(readFileSync(checkout.path("back", "there.txt"), "utf8"), "hello\n");
  });

  it("verifies again when asked, and changes nothing", async () => {
    const { stdout } = expectCode(await checkout.onStack("verify", "--json"), 0);
    const summary = JSON.parse(stdout) as RunSummary;
    assert.equal(summary.state, "ready");
    assert.ok(summary.checks.length > 5 && summary.checks.every((check) => check.ok));
  });

  it("shows what a run did on a node, and what a service there says", async () => {
    expectCode(await checkout.onStack("logs", "master-1"), 0);
    const { stdout } = expectCode(
      await checkout.onStack("logs", "worker-1", "--journal", "hdfs-datanode", "-n", "5"),
      0,
    );
    assert.notEqual(stdout.trim(), "");
  });

  it("lets the second of two runs wait, or explains who is at work", async () => {
    const first = checkout.start(["up", "--stack", stack, "--check", "--yes"]);
    const holder = checkout.state + `/engine/muster/${stack}/holder.json`;
    while (!existsSync(holder)) await new Promise((resolve) => setTimeout(resolve, 50));
    const refused = await checkout.onStack("up", "--no-wait", "--yes");
    assert.match(expectCode(refused, 1).stderr, /muster up \(pid \d+, \w+, since [\d:]+\) works on the stack/);
    const second = await checkout.onStack("up", "--yes");
    assert.match(expectCode(second, 0).stderr, /waiting up to \d+ min/);
    expectCode(await first.ended, 0);
  });

  it("heals by a plain up when a host was removed behind its back", async function () {
    this.timeout(10 * MINUTE);
    const before = await containerIds(id);
    const victim = Object.keys(before).find((host) => host.endsWith("worker-2")) ?? "";
    await podman(["rm", "--force", victim]);
    const told = await checkout.onStack("status", "--json");
    const { state, nodes } = JSON.parse(expectCode(told, 3).stdout) as ClusterStatus;
    assert.equal(state, "degraded");
    assert.equal(nodes.find((node) => node.name === `${name}-worker-2`)?.state, "missing");
    await checkout.up();
    const after = await containerIds(id);
    assert.deepEqual(Object.keys(after).sort(), Object.keys(before).sort());
    const remade = Object.keys(after).filter((host) => after[host] !== before[host]);
    assert.deepEqual(remade, [victim]);
    assert.equal((await checkout.status()).state, "ready");
  });

  it("makes a named node again when told to, and trusts nothing that its old machine had said", async function () {
    this.timeout(10 * MINUTE);
    const before = await containerIds(id);
    expectCode(await checkout.onStack("repair", `${name}-worker-1`, "--yes"), 0);
    const after = await containerIds(id);
    const remade = Object.keys(after).filter((host) => after[host] !== before[host]);
    assert.deepEqual(remade, [`${id}.${name}-worker-1`]);
    assert.equal((await checkout.status()).state, "ready");
  });

  it("is not taken away with data in it unless told to lose the data", async () => {
    const put = ["hdfs", "dfs", "-put", "-f", "/etc/hostname", "/user/muster/precious.txt"];
    expectCode(await checkout.onStack("run", "--", ...put), 0);
    const { stderr } = expectCode(await checkout.onStack("down", "--yes"), 2);
    assert.match(stderr, /holds data/);
    assert.match(stderr, /\/user\/muster +1 file/);
    assert.equal((await checkout.status()).state, "ready");
  });

  it("goes without a trace", async () => {
    expectCode(await checkout.onStack("down", "--yes", "--delete-data"), 0);
    assert.deepEqual(await remains(id), []);
    assert.equal(existsSync(checkout.clusterPath(stack, name)), false);
    const strangers = processesMentioning(checkout.folder).filter((line) => !line.includes("mocha"));
    assert.deepEqual(strangers, []);
    assert.deepEqual(newRules(rulesBefore, packetRules(), id), []);
    assert.equal((await checkout.status()).state, "absent");
    expectCode(await checkout.onStack("down", "--yes"), 0);
  });
});

/** Rules that were not there before and name the cluster or its bridge; others on this machine may have made their own. */
function newRules(before: string, after: string, id: string): string[] {
  const known = new Set(before.split("\n"));
  return after.split("\n").filter((line) => !known.has(line) && line.includes(id));
}
