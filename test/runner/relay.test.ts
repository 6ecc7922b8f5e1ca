import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { podman } from "../../components/clouds/local/podman.ts";
import { hostName } from "../../components/clouds/local/tags.ts";
import type { Job } from "../../contract/job.ts";
import { gatewayOf } from "../../plan/addressing.ts";
import { writeInventory } from "../../runner/artifacts/inventory.ts";
import { oneTimeKey } from "../../runner/relay/one-time-key.ts";
import { openSeconds } from "../hosts/test-hosts.ts";
import { TestCluster } from "./cluster.ts";
import { shape } from "./line.ts";
import { until } from "./until.ts";
import { clusterId } from "./worker-node.ts";

const MEBIBYTE = 1 << 20;
const STORE = "/srv/muster/artifacts";
const [first, second, third] = ["live-worker-1", "live-worker-2", "live-worker-3"] as const;
const all = [first, second, third];

describe("artifacts on hosts that do not see this machine's", function () {
  this.timeout(300_000);
  const cluster = new TestCluster();
  const slowed: string[] = [];

  before(async function () {
    this.timeout(openSeconds * 1000);
    await cluster.open([1, 2, 3]);
    cluster.deadlines = { machine: 30, converge: 120, verify: 60, total: 280 };
    for (const node of all) await cluster.onHost(node, `umount ${STORE}`);
  });
  afterEach(async () => {
    for (const node of slowed.splice(0)) await shape(cluster.inside(node));
  });
  after(() => cluster.close());

  /** An artifact as the store has it: files of some MiB each, and what is odd. */
  async function make(id: string, megabytes: number[]): Promise<{ id: string; path: string; bytes: number }> {
    const path = join(cluster.state, "muster/artifacts", id);
    mkdirSync(join(path, "lib"), { recursive: true });
    megabytes.forEach((size, at) => writeFileSync(join(path, "lib", `${at}.jar`), randomBytes(size * MEBIBYTE)));
    mkdirSync(join(path, "web/in/depth"), { recursive: true });
    for (let at = 0; at < 50; at += 1) writeFileSync(join(path, "web/in/depth", `${at} é.html`), `page ${at}`);
    writeFileSync(join(path, "web/empty"), "");
    writeFileSync(join(path, "web/run"), "#!/bin/sh\n");
    chmodSync(join(path, "web/run"), 0o755);
    writeFileSync(join(path, "lib/again.jar"), readFileSync(join(path, "lib/0.jar")));
    await writeInventory(path);
    return { id, path, bytes: megabytes.reduce((sum, size) => sum + size, 0) * MEBIBYTE };
  }

  function job(id: string, numbers: number[], note = ""): Job {
    cluster.env = { FAKE_ARTIFACT: join(cluster.state, "muster/artifacts", id) };
    const nodes = numbers.map((number) => {
      const node = cluster.workerNode(number, note);
      return { ...node, view: { ...node.view, artifacts: { fake: id } } };
    });
    return { ...cluster.job(nodes), artifacts: [{ name: "fake", id }] };
  }

  /** Every file with its content and its right to be run, as one text. */
  const listing = (path: string): string =>
    execFileSync("sh", ["-c", `cd '${path}' && find . -type f ! -name .inventory.json -exec sha256sum {} + | sort`], {
      encoding: "utf8",
    }).trimEnd();
  const listingOn = (node: string, id: string): Promise<string> =>
    cluster.onHost(node, `cd ${STORE}/${id} && find . -type f -exec sha256sum {} + | sort`);

  /** From now on each host counts what comes to it from this machine. */
  async function countFromHere(): Promise<void> {
    for (const node of all) {
      const { address } = cluster.workerNode(1).ssh;
      const gateway = gatewayOf(address.replace(/\d+$/, "0/24"));
      const rules = `table inet arrivals {\n chain in {\n type filter hook input priority -300\n ip saddr ${gateway} counter\n}\n}`;
      const { code, stderr } = await cluster.inside(node).run(["nft", "-f", "-"], rules);
      assert.equal(code, 0, stderr);
    }
  }

  async function cameFromHere(): Promise<number> {
    const told = await Promise.all(
      all.map((node) => cluster.onHost(node, "nft list table inet arrivals; nft delete table inet arrivals")),
    );
    return told.reduce((sum, text) => sum + Number(/bytes (\d+)/.exec(text)?.[1]), 0);
  }

  const events = () => readFileSync(join(cluster.folder, "events.jsonl"), "utf8");
  /** Megabytes that the last run says to have sent to some node. */
  const sent = (): { node: string; megabytes: number } => {
    const said = [...events().matchAll(/"node":"([^"]+)","text":"\S+ from here: ([\d.]+) MB of/g)].at(-1);
    return { node: said?.[1] ?? "", megabytes: Number(said?.[2] ?? 0) };
  };
  const forget = (): void => writeFileSync(join(cluster.folder, "events.jsonl"), "");

  async function slowDown(rate: string): Promise<void> {
    for (const node of all) {
      await shape(cluster.inside(node), { rate, burst: "128kb" });
      slowed.push(node);
    }
  }

  it("50 MB cross the operator's line once, are handed on, and are the same everywhere", async () => {
    const { id, path, bytes } = await make("fake-1", [20, 12, 9, 5, 4]);
    await countFromHere();
    const ended = await cluster.run(job(id, [1, 2, 3]));
    const came = await cameFromHere();
    assert.equal(ended.summary?.state, "ready", ended.stderr);
    assert.ok(came > bytes && came < bytes * 1.06, `${came} bytes came from here, of ${bytes}`);
    for (const node of all) assert.equal(await listingOn(node, id), listing(path), node);
    assert.equal(
      await cluster.onHost(second, `stat -c %a ${STORE}/${id}/web/run ${STORE}/${id}/web/empty ${STORE}/${id}/lib`),
      "755\n644\n755",
    );
    const modes = await cluster.onHost(first, `ls -A ${STORE}; ls -A /run | grep muster- || :`);
    assert.equal(modes, `.${id}.lock\n${id}`);
    assert.match(ended.stderr, /artifacts {2}fake-1 from live-worker-\d: \d+ bytes in/);
  });

  it("who has it is sent nothing again, also when the line to him is the first that answers", async () => {
    await countFromHere();
    await cluster.onHost(third, `rm -rf ${STORE}/fake-1`);
    const ended = await cluster.run(job("fake-1", [1, 2, 3], "changed"), 2);
    const came = await cameFromHere();
    assert.equal(ended.summary?.state, "ready", ended.stderr);
    assert.ok(came < 2 * MEBIBYTE, `${came} bytes came from here`);
    assert.equal(await listingOn(third, "fake-1"), await listingOn(first, "fake-1"));
  });

  it("a damaged file on the giver is refused, and comes from here", async () => {
    await cluster.onHost(third, `rm -rf ${STORE}/fake-1`);
    for (const node of [first, second])
      await cluster.onHost(node, `printf x | dd of=${STORE}/fake-1/lib/3.jar conv=notrunc bs=1 seek=99 2>/dev/null`);
    await countFromHere();
    const ended = await cluster.run(job("fake-1", [1, 2, 3], "damaged"), 3);
    const came = await cameFromHere();
    assert.equal(ended.summary?.state, "ready", ended.stderr);
    assert.match(events(), /fake-1 from live-worker-[12]: arrived damaged: lib\/3.jar/);
    assert.ok(came > 5 * MEBIBYTE && came < 8 * MEBIBYTE, `${came} bytes came from here: not the one file`);
    const path = join(cluster.state, "muster/artifacts/fake-1");
    assert.equal(await listingOn(third, "fake-1"), listing(path));
  });

  it("a thorough run mends what is damaged, and only that", async () => {
    await countFromHere();
    cluster.env = {};
    const wanted = job("fake-1", [1, 2, 3], "thorough");
    cluster.env = { ...cluster.env, MUSTER_CHECK: "1" };
    const ended = await cluster.run(wanted, 4);
    const came = await cameFromHere();
    assert.equal(ended.summary?.state, "ready", ended.stderr);
    assert.ok(came < 12 * MEBIBYTE, `${came} bytes came from here`);
    const path = join(cluster.state, "muster/artifacts/fake-1");
    for (const node of all) assert.equal(await listingOn(node, "fake-1"), listing(path), node);
  });

  it("a file that is not what it was written down to be is believed by no node", async () => {
    const { id, path } = await make("fake-2", [1]);
    const jar = readFileSync(join(path, "lib/0.jar"));
    jar[5] = (jar[5] ?? 0) ^ 1;
    writeFileSync(join(path, "lib/0.jar"), jar);
    writeFileSync(join(path, "lib/again.jar"), jar);
    const ended = await cluster.run(job(id, [1]), 5);
    assert.equal(ended.summary?.state, "failed");
    const [node] = ended.summary.nodes;
    assert.deepEqual([node?.name, node?.stage], [first, "artifacts"]);
    assert.match(node?.reason ?? "", /^fake-2 arrived damaged: lib\/0\.jar, although sent twice/);
    assert.equal(await cluster.onHost(first, `ls ${STORE}`), "fake-1");
  });

  it("a disk without room is told with the node's name and the place; the others go on", async () => {
    const { id } = await make("fake-3", [4, 3]);
    await cluster.onHost(second, `mkdir -p ${STORE} && mount -t tmpfs -o size=3m,mode=755 none ${STORE}`);
    const ended = await cluster.run(job(id, [1, 2, 3]), 6);
    const left = await cluster.onHost(second, `ls -A ${STORE} | grep -v lock || :; umount ${STORE}`);
    assert.equal(ended.summary?.state, "degraded", ended.stderr);
    const [node] = ended.summary.nodes;
    assert.deepEqual([node?.name, node?.stage], [second, "artifacts"]);
    assert.match(
      node?.reason ?? "",
      /^No space left on device, 8 MB needed and 3 MB free: \/srv\/muster\/artifacts\/fake-3$/,
    );
    assert.equal(left, "");
    // What the last view had stays: daemons may still run from it.
    assert.equal(await cluster.onHost(first, `ls ${STORE}`), "fake-1\nfake-3");
  });

  it("the key by which a node takes an artifact is good for nothing else, and for nobody else", async () => {
    const [giver, taker] = [cluster.workerNode(1), cluster.workerNode(2)];
    const { key, certificate } = oneTimeKey("fake-3", giver, taker, cluster.identity.userCa, 0);
    const folder = "/run/one-time";
    for (const node of [second, third]) {
      await cluster.inside(node).write(`${folder}/key`, key);
      await cluster.inside(node).write(`${folder}/key-cert.pub`, `${certificate}\n`);
      await cluster.onHost(node, `chmod 600 ${folder}/key`);
    }
    const options = "-F /dev/null -o BatchMode=yes -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o LogLevel=ERROR";
    const ssh = `ssh ${options} -i ${folder}/key muster@${giver.ssh.address}`;
    const [said, strange] = [
      await cluster.inside(second).run(["sh", "-c", `${ssh} id | tar -t`]),
      await cluster.inside(third).run(["sh", "-c", `${ssh} id`]),
    ];
    const forwarded = await cluster.inside(second).run(["sh", "-c", `${ssh} -W 127.0.0.1:22 </dev/null`]);
    assert.match(said.stdout, /^\.\/lib\/0\.jar$/m, said.stderr);
    assert.doesNotMatch(said.stdout, /uid=/);
    assert.match(strange.stderr, /Permission denied/);
    assert.notEqual(forwarded.code, 0);
  });

  it("a crossing that is killed midway goes on where it was", async () => {
    const { id, path, bytes } = await make("fake-4", [6, 6, 6, 6, 6, 6, 6, 6]);
    await slowDown("100mbit");
    await countFromHere();
    forget();
    const { child, ended } = cluster.start(job(id, [1, 2, 3]), 7);
    await until(
      "half of it has crossed",
      () => existsSync(join(cluster.folder, "events.jsonl")) && sent().megabytes > 28,
    );
    child.kill("SIGKILL");
    await ended;
    const before = await cameFromHere();
    await countFromHere();
    const again = await cluster.run(job(id, [1, 2, 3]), 8);
    const came = await cameFromHere();
    assert.equal(again.summary?.state, "ready", again.stderr);
    assert.ok(before < bytes, `all had come before: ${before}`);
    assert.ok(came < bytes * 0.75, `${came} of ${bytes} bytes came once more\n${again.stderr}`);
    for (const node of all) assert.equal(await listingOn(node, id), listing(path), node);
  });

  it("another takes over from a relay that is lost midway", async () => {
    const { id, path } = await make("fake-5", [6, 6, 6, 6]);
    await slowDown("50mbit");
    forget();
    const { ended } = cluster.start(job(id, [1, 2, 3]), 9);
    await until("some of it has crossed", () => sent().megabytes > 8);
    const lost = sent().node;
    await podman(["stop", "--time", "0", hostName(clusterId, lost)]);
    slowed.splice(slowed.indexOf(lost), 1);
    const end = await ended;
    assert.equal(end.summary?.state, "degraded", end.stderr);
    assert.deepEqual(
      end.summary.nodes.map(({ name, state }) => [name, state]),
      [[lost, "unreachable"]],
    );
    for (const node of all.filter((name) => name !== lost))
      assert.equal(await listingOn(node, id), listing(path), node);
  });
});
