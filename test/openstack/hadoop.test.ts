import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expectCode } from "../e2e/checkout.ts";
import { until } from "../runner/until.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";
import { CloudUser } from "./cloud-user.ts";
import { bringUp, COLD, must, WARM } from "./command.ts";
import { placeOf } from "./place.ts";
import { ownProject } from "./project.ts";
import { serversOf, thingsIn } from "./project-things.ts";
import { Rest } from "./rest.ts";

const MINUTE = 60_000;
/** Beside the usual box, which somebody may use meanwhile. */
const NAME = "hadoop";
const place = placeOf(NAME);

/** One cluster's whole life on OpenStack's servers, as its user sees it. Each step needs the one before. */
describe("a Hadoop cluster on OpenStack", function () {
  this.timeout(10 * MINUTE);
  eachNeedsTheOneBefore(this);
  const checkout = new CloudUser(place);
  const { name } = checkout;
  const [master, ...workers] = ["master-1", "worker-1", "worker-2", "worker-3"].map((node) => `${name}-${node}`);
  const files = [1, 2, 3].map((n) => `/user/muster/file-${n}`);
  let rest: Rest;
  let empty: Record<string, string[]>;
  let written = "";

  /** The file that users copy, with what the documentation tells them to change. */
  const writeStack = (worker = "count: 2"): void => {
    const changes: [string, string][] = [
      ["- name: lab", `- name: ${name}`],
      ["adminNetworks: [203.0.113.0/24]", `adminNetworks: [${place.gateway}/32]`],
      ["    name: openstack\n", "    name: openstack\n    dataVolumes: false\n"],
      ["worker: { count: 2", `worker: { minReady: 1, ${worker}`],
    ];
    const text = changes.reduce((yaml, [from, to]) => {
      assert.ok(yaml.includes(from), `no "${from}" to change in\n${yaml}`);
      return yaml.replace(from, to);
    }, checkout.readStack("openstack"));
    checkout.writeStack(name, `${text}      services: { hdfs: { replication: 2 } }\n`);
  };
  const output = async (command: string, ...args: string[]): Promise<string> =>
    expectCode(await checkout.onStack(command, ...args), 0).stdout.trim();
  const checksums = (): Promise<string> =>
    output("run", "--", files.map((file) => `hdfs dfs -cat ${file} | sha256sum`).join(" && "));
  const servers = (): Promise<Record<string, string>> => serversOf(rest);
  const processIds = (...nodes: string[]): Promise<string[]> =>
    Promise.all(nodes.map((node) => output("ssh", node, "--", "systemctl show -P MainPID hdfs-datanode")));
  /** What the last run wrote of each node it had to do with. */
  const lastLogs = (): Map<string, string> => {
    const logs = checkout.clusterPath(name, name, "logs");
    const last = join(logs, readdirSync(logs).sort().at(-1) ?? "");
    return new Map(readdirSync(last).map((file) => [file.replace(".log", ""), readFileSync(join(last, file), "utf8")]));
  };
  const thoseWith = (text: RegExp): string[] =>
    [...lastLogs()].filter(([node, log]) => node.startsWith(`${name}-`) && text.test(log)).map(([node]) => node);

  before(async function () {
    this.timeout(COLD * 1000);
    await bringUp(this, "--name", NAME);
    rest = await ownProject(place);
    empty = await thingsIn(rest);
    writeStack();
  });
  after(async function () {
    this.timeout(WARM * 1000 + 10 * MINUTE);
    await checkout.remove(name);
    await must("down", "--name", NAME);
  });

  it("comes up verified, with a Pi job run by a user", async function () {
    this.timeout(25 * MINUTE);
    const { stdout } = await checkout.up();
    assert.match(stdout, new RegExp(`${name} is ready: 3 of 3 nodes, \\d+ checks passed`));
    const { checks } = await checkout.status();
    const pi = checks.find((check) => /\bpi\b/i.test(check.name));
    assert.ok(pi?.ok, `no Pi among ${checks.map((check) => check.name).join(", ")}`);
    assert.deepEqual(Object.keys(await servers()).sort(), [master, workers[0], workers[1]]);
  });

  it("had Hadoop sent over the line once, and handed on between nodes", () => {
    assert.deepEqual(thoseWith(/hadoop\S+ from here: \d+ bytes/), [master]);
    assert.deepEqual(thoseWith(/hadoop\S+ from \S+-(master|worker)-\d: \d+ bytes/), workers.slice(0, 2));
  });

  it("does nothing the second time", async () => {
    const had = { servers: await servers(), things: await thingsIn(rest) };
    const { stdout, stderr } = await checkout.up();
    assert.match(stdout, /is unchanged, last verified today at \d\d:\d\d/);
    assert.match(stderr, /nothing to do in /);
    assert.deepEqual({ servers: await servers(), things: await thingsIn(rest) }, had);
  });

  it("grows by a worker, and configures nobody else but the master", async function () {
    this.timeout(15 * MINUTE);
    for (const file of files) await output("run", "--", `head -c 3000000 /dev/urandom | hdfs dfs -put - ${file}`);
    written = await checksums();
    const had = { servers: await servers(), processes: await processIds("worker-1", "worker-2") };
    writeStack("count: 3");
    await checkout.up();
    const { [workers[2] ?? ""]: added, ...others } = await servers();
    assert.ok(added);
    assert.deepEqual({ servers: others, processes: await processIds("worker-1", "worker-2") }, had);
    assert.deepEqual(thoseWith(/prepare started/).sort(), [master, workers[2]]);
  });

  it("lets a named worker go once its blocks are elsewhere", async function () {
    this.timeout(15 * MINUTE);
    const { [workers[1] ?? ""]: leaver, ...others } = await servers();
    assert.ok(leaver);
    writeStack(`count: 3, without: [${workers[1]}]`);
    await checkout.up();
    assert.deepEqual(await servers(), others);
    assert.equal(await checksums(), written);
    const report = await output("ssh", "master-1", "--", "sudo -u hdfs hdfs fsck / | tail -30");
    assert.match(report, /is HEALTHY/);
    assert.match(report, /Under-replicated blocks:\s+0/);
  });

  it("says that a server is gone which was deleted behind its back, and a plain up makes it again", async function () {
    this.timeout(15 * MINUTE);
    const { [workers[2] ?? ""]: victim = "", ...others } = await servers();
    await rest.delete("compute", `/servers/${victim}`);
    await until("the server is gone", async () => !Object.values(await servers()).includes(victim), 120);
    const { state, nodes } = await checkout.status();
    assert.equal(state, "degraded");
    assert.equal(nodes.find((node) => node.name === workers[2])?.state, "missing");
    await checkout.up();
    const { [workers[2] ?? ""]: made, ...stayed } = await servers();
    assert.deepEqual(stayed, others);
    assert.ok(made !== undefined && made !== victim);
    assert.equal((await checkout.status()).state, "ready");
    assert.equal(await checksums(), written);
  });

  it("goes, and leaves the project as it was", async () => {
    expectCode(await checkout.onStack("down", "--yes", "--delete-data"), 0);
    assert.deepEqual(await thingsIn(rest), empty);
    assert.equal((await checkout.status()).state, "absent");
  });
});
