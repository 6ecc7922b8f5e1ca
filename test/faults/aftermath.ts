import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { podman } from "../../components/clouds/local/podman.ts";
import { tryTurn } from "../../contract/turn.ts";
import { remains, tagged } from "../e2e/machine.ts";
import type { BreakableCluster } from "./breakable-cluster.ts";
import { processesOf, strayProcessesOf, told } from "./processes-of.ts";

/**
 * What has to hold after any fault: a plain `up` makes the cluster ready, with exactly what is planned and nothing else
 * on this machine, nothing in its state folder is half of anything, and the `up` after that has nothing to do.
 */
export async function expectHealed(cluster: BreakableCluster): Promise<void> {
  const { stdout } = await cluster.checkout.up();
  assert.match(
    stdout,
    new RegExp(`${cluster.name} is (ready: ${cluster.nodes.length} of ${cluster.nodes.length} nodes|unchanged)`),
  );
  await expectExactlyPlanned(cluster);
  await expectNothingRuns(cluster);
  expectNoLock(cluster);
  expectWholeFiles(cluster);
  const again = await cluster.checkout.up();
  assert.match(again.stdout, /is unchanged/);
}

/** Takes the cluster away and expects this machine to be as if it had never been there. */
export async function expectGone(cluster: BreakableCluster): Promise<void> {
  const printed = await cluster.checkout.onStack("down", "--yes", "--delete-data");
  assert.equal(printed.code, 0, printed.stderr);
  assert.deepEqual(await containersCalled(cluster.id), []);
  assert.deepEqual(await remains(cluster.id), []);
  assert.deepEqual(told(processesOf(cluster.checkout)), []);
}

/** Hosts, volumes and networks: none twice, none too many, all running, each with one cable and one monitor. */
export async function expectExactlyPlanned(cluster: BreakableCluster): Promise<void> {
  const hosts = cluster.nodes.map((node) => `${cluster.id}.${node}`);
  assert.deepEqual((await tagged("container", cluster.id)).sort(), hosts);
  assert.deepEqual((await containersCalled(cluster.id)).sort(), hosts);
  assert.deepEqual((await tagged("volume", cluster.id)).sort(), cluster.volumes);
  assert.deepEqual(await tagged("network", cluster.id), [cluster.id]);
  const states = await podman(["inspect", "--format", "{{.Name}} {{.State.Status}}", ...hosts]);
  assert.deepEqual(
    states.trim().split("\n").sort(),
    hosts.map((host) => `${host} running`),
  );
  const bridge = (await podman(["network", "inspect", "--format", "{{.NetworkInterface}}", cluster.id])).trim();
  assert.equal(readdirSync(`/sys/class/net/${bridge}/brif`).length, hosts.length, `cables on ${bridge}`);
  const monitors = processesOf(cluster.checkout).filter(({ name }) => name === "conmon");
  assert.equal(monitors.length, hosts.length, told(monitors).join("\n"));
}

/** No process of this checkout but the hosts' monitors, and nothing that listens. */
export async function expectNothingRuns(cluster: BreakableCluster, withinMs = 2000): Promise<void> {
  const deadline = Date.now() + withinMs;
  // A program of podman's may still be ending.
  while (strayProcessesOf(cluster.checkout).length > 0 && Date.now() < deadline) await pause(50);
  assert.deepEqual(told(strayProcessesOf(cluster.checkout)), []);
  const held = new Set(processesOf(cluster.checkout).flatMap(({ pid }) => socketsOf(pid)));
  assert.deepEqual(
    listeningSockets().filter((inode) => held.has(inode)),
    [],
  );
  const turn = await tryTurn(join(cluster.checkout.state, "engine", "muster", cluster.name));
  assert.ok(turn !== undefined, "somebody has the stack's turn");
  await turn.release();
}

export function expectNoLock({ checkout, name }: BreakableCluster): void {
  const engine = join(checkout.state, "engine", "muster", name);
  const locks = [checkout.clusterPath(name, name, "lock"), join(engine, "run.json"), join(engine, "holder.json")];
  assert.deepEqual(locks.filter(existsSync), []);
  const backend = join(checkout.state, "backend", ".pulumi", "locks");
  const taken = filesIn(backend).filter((file) => file.endsWith(".json"));
  assert.deepEqual(taken, []);
  const held = filesIn(join(checkout.state, "locks")).filter(
    (file) => spawnSync("flock", ["--nonblock", file, "true"]).status !== 0,
  );
  assert.deepEqual(held, []);
}

/** No draft of a file is left, and every file of records can be read to its end. */
export function expectWholeFiles({ checkout }: BreakableCluster): void {
  const files = filesIn(checkout.state).filter((file) => !file.startsWith(join(checkout.state, "artifacts")));
  const drafts = files.filter((file) => /\.\d+(\.[0-9a-f]{8})?$|\.dead\.\d+$|\.tmp$|\/fileblob\d+$/.test(file));
  assert.deepEqual(drafts, []);
  const unreadable = files.filter((file) => !isWhole(file));
  assert.deepEqual(unreadable, []);
}

function isWhole(file: string): boolean {
  const text = readFileSync(file, "utf8");
  const texts = file.endsWith(".jsonl") ? text.split("\n").slice(0, -1) : file.endsWith(".json") ? [text] : [];
  return texts.every((one) => {
    try {
      // What a crash tore in a file of lines stands on a line of its own, and is left out by its readers.
      return one === "" || typeof JSON.parse(one) === "object";
    } catch {
      return file.endsWith(".jsonl") && texts.at(-1) !== one;
    }
  });
}

const filesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
    : [];

/** Also what has a host's name and no tags: what podman began and did not finish. */
async function containersCalled(id: string): Promise<string[]> {
  // Podman's own filter lets what other programs left in its storage through.
  const list = await podman(["ps", "--all", "--external", "--format", "{{.Names}}"]);
  return list.split("\n").filter((name) => name.startsWith(`${id}.`));
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap(
      (fd) => /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [],
    );
  } catch {
    return [];
  }
}

/** Inodes of this machine's sockets that wait for TCP connections. */
function listeningSockets(): string[] {
  const rows = ["tcp", "tcp6"].flatMap((table) => readFileSync(`/proc/net/${table}`, "utf8").split("\n").slice(1));
  return rows.map((row) => row.trim().split(/\s+/)).flatMap((row) => (row[3] === "0A" ? (row[9] ?? []) : []));
}
