import assert from "node:assert/strict";
import { imageName } from "../../components/clouds/local/image-name.ts";
import { podman } from "../../components/clouds/local/podman.ts";
import { expectCode } from "../e2e/checkout.ts";
import { during } from "../e2e/during.ts";
import { containerIds } from "../e2e/machine.ts";
import { LightCluster } from "./light-cluster.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";

const MINUTE = 60_000;

/** The life of one cluster whose hosts fail in every way but together. Each step needs the one before. */
describe("one bad host", function () {
  this.timeout(8 * MINUTE);
  eachNeedsTheOneBefore(this);
  const cluster = new LightCluster();
  const { checkout, name, node, host } = cluster;
  const all = ["master-1", "worker-1", "worker-2", "worker-3", "worker-4"].map(host).sort();
  const states = async () => {
    const { nodes } = await checkout.status();
    return Object.fromEntries(nodes.map(({ name: short, state }) => [short.slice(name.length + 1), state]));
  };

  before(() => cluster.configure("{ count: 4, memory: 256 MiB, minReady: 25% }", "deadlines: { machine: 45 }"));
  after(async () => {
    await podman(["rm", "--force", "--ignore", host("worker-2")]);
    await cluster.remove();
  });

  it("never blocks the rest: one not made, one that never answers, one killed midway are named, the rest is ready", async () => {
    // A stranger's container has the name.
    await podman(["create", "--name", host("worker-2"), imageName(), "true"]);
    const run = checkout.start(["up", "--stack", name, "--yes"]);
    await during(run, "worker-3 ran", () => cluster.isRunning("worker-3"));
    await podman(["stop", "--time", "0", host("worker-3")]);
    const isPreparing = () =>
      cluster
        .events()
        .some(({ node: at, stage, text }) => at === node("worker-4") && stage === "prepare" && text !== undefined);
    await during(run, "worker-4 configured itself", isPreparing);
    // Podman may need a moment, in which it would go on.
    const held = await cluster.inside("worker-4").run(["pkill", "-STOP", "-f", "/opt/muster/current/bin/prepare"]);
    assert.equal(held.code, 0, "it configured itself no more");
    await podman(["kill", host("worker-4")]);
    const { stdout, stderr } = expectCode(await run.ended, 3);

    assert.match(stdout, new RegExp(`${name} is degraded: 2 of 5 nodes`));
    const row = (short: string) =>
      stdout.split("\n").find((line) => line.startsWith(`  ✖  ${node(short)} `)) ?? "no row";
    assert.match(row("worker-2"), /unreachable +machine: its host could not be made: a container \S+ is there already/);
    assert.match(row("worker-3"), /unreachable +machine: /);
    assert.match(row("worker-4"), /unreachable +prepare: /);
    assert.match(
      stdout,
      new RegExp(`next +\\./muster up --stack ${name} .*\n +\\./muster repair --stack ${name} ${node("worker-2")} `),
    );
    assert.doesNotMatch(stdout + stderr, /^ +at /m);
    // What the table says is not said again in the engine's words.
    assert.doesNotMatch(stderr, /could not be made\n|the run failed/);
  });

  it("is named with stage and reason by status, too", async () => {
    const printed = await checkout.onStack("status");
    expectCode(printed, 3);
    assert.match(printed.stdout, /worker-2 .* missing +machine: its host could not be made/);
    assert.match(printed.stdout, /worker-3 .* stopped +machine: /);
    assert.match(printed.stdout, /worker-4 .* stopped +prepare: /);
    const told = await checkout.status();
    assert.deepEqual([told.state, told.nodes.filter((one) => one.state === "ready").length], ["degraded", 2]);
  });

  it("is healed by the next up, and the healthy ones are only asked", async () => {
    await podman(["rm", host("worker-2")]);
    const before = { master: await cluster.trace("master-1"), worker: await cluster.trace("worker-1") };
    const { stdout } = await checkout.up();
    assert.match(stdout, new RegExp(`${name} is ready: 5 of 5 nodes`));
    await cluster.assertOnlyAsked("master-1", before.master);
    await cluster.assertOnlyAsked("worker-1", before.worker);
    assert.deepEqual(Object.keys(await containerIds(cluster.id)).sort(), all);
  });

  it("is not looked for again when all is well", async () => {
    const before = await cluster.trace("worker-4");
    assert.match((await checkout.up()).stdout, /is unchanged, last verified/);
    await cluster.assertUntouched("worker-4", before);
  });

  it("is seen when it was removed, stopped or rebooted behind our back", async () => {
    await Promise.all([
      podman(["rm", "--force", "--time", "2", host("worker-1")]),
      podman(["rm", "--force", "--time", "2", host("worker-2")]),
      podman(["stop", "--time", "2", host("worker-3")]),
    ]);
    await cluster.inside("worker-4").restart();
    const expected = { "worker-1": "missing", "worker-2": "missing", "worker-3": "stopped" };
    assert.deepEqual(await states(), { "master-1": "ready", ...expected, "worker-4": "ready" });
  });

  it("is healed by plain pulumi up, with more hosts to make than it works on at once", async () => {
    const before = { master: await cluster.trace("master-1"), rebooted: await cluster.trace("worker-4") };
    const up = (parallel: number) =>
      checkout.pulumi("up", "--yes", "--skip-preview", "--stack", name, "--parallel", String(parallel));
    const refused = await up(2);
    assert.notEqual(refused.code, 0);
    assert.match(refused.stdout + refused.stderr, /--parallel +found 2 +allowed: 3 or more for a cluster/);
    const { stdout } = expectCode(await up(3), 0);
    assert.match(stdout, /ready, 5 of 5 nodes ready/);
    await cluster.assertOnlyAsked("master-1", before.master);
    await cluster.assertOnlyAsked("worker-4", before.rebooted);
    assert.deepEqual(Object.keys(await containerIds(cluster.id)).sort(), all);
    assert.equal((await checkout.status()).state, "ready");
    assert.match((await checkout.up()).stdout, /is unchanged, last verified/);
  });
});
