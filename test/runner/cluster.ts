import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterIdentity } from "../../contract/identity.ts";
import type { Check, Job, JobNode, LeaveStep } from "../../contract/job.ts";
import type { RunSummary } from "../../contract/summary.ts";
import { newIdentity } from "../../runner/identity.ts";
import { canonicalJson, contentHash } from "../../contract/canonical-json.ts";
import { Inside } from "../hosts/inside.ts";
import { programs } from "../hosts/muster-local.ts";
import { TestHosts } from "../hosts/test-hosts.ts";
import { makeFakeBundle } from "./fake-bundle.ts";
import { clusterId, workerNode, workerWish } from "./worker-node.ts";

const chronyc = "/usr/local/sbin/chronyc";

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  summary: RunSummary | undefined;
}

/** Hosts, a state folder of its own, an identity, a fake bundle: everything that `Ready` is given. */
export class TestCluster {
  readonly identity: ClusterIdentity = newIdentity();
  readonly #hosts = new TestHosts("runner", { userCa: this.identity.userCa.public, uid: this.identity.uid });
  readonly state = this.#hosts.folder;
  readonly folder = join(this.state, "muster", "clusters", clusterId);
  readonly #inside = new Map<string, Inside>();
  bundle = { sha: "", path: "" };
  /** Bytes that make the bundle as large as a real one. */
  ballast = 0;
  machineSeconds = 60;
  minReady = 1;
  checks: Check[] = [];
  leave: LeaveStep[] = [];
  /** Seconds, where a test needs other ones. */
  deadlines: Partial<Job["deadlines"]> = {};
  /** Of the runner, besides its own folders. */
  env: Record<string, string> = {};

  /** Makes hosts by their numbers; does not wait until they have booted. */
  async open(numbers: number[]): Promise<void> {
    await this.#hosts.open();
    this.bundle = makeFakeBundle(this.state, "", this.ballast);
    await Promise.all(numbers.map((number) => this.make(number)));
  }

  /** A host, of some generation: made again when it was of an older one. */
  async make(number: number, generation = 1): Promise<void> {
    const wish = workerWish(number, this.#hosts.subnet);
    await this.#hosts.make(wish, generation);
    const inside = new Inside(this.#hosts.host(wish.name));
    this.#inside.set(wish.name, inside);
    // The check of clocks asks chronyd, which no role has set up here.
    await inside.sh(`printf '#!/bin/sh\\necho 0,,0,0,0,0,0,0,0,0,0,0,0,Normal\\n' >${chronyc} && chmod 755 ${chronyc}`);
  }

  close(): Promise<void> {
    return this.#hosts.close();
  }

  workerNode(index: number, note?: string, generation?: number): JobNode {
    return workerNode(index, note, generation, this.#hosts.subnet);
  }

  /** A node's host, from inside. */
  inside(node: string): Inside {
    const inside = this.#inside.get(node);
    if (inside === undefined) throw new Error(`there is no host ${node}`);
    return inside;
  }

  /** What a shell line, run on a node as root, prints; without the last newline. */
  async onHost(node: string, line: string): Promise<string> {
    return (await this.inside(node).sh(line)).trimEnd();
  }

  job(nodes: JobNode[]): Job {
    return {
      format: 1,
      cluster: { id: clusterId, project: "test", stack: "dev", name: "live", kind: "hadoop", cloud: "local" },
      nodes,
      pools: [{ name: "worker", count: nodes.length, minReady: this.minReady }],
      bundle: this.bundle.sha,
      artifacts: [],
      leave: this.leave,
      maxUnavailable: 1,
      checks: this.checks,
      endpoints: { fake: "http://live-worker-1:1" },
      deadlines: {
        ...{ machine: this.machineSeconds, converge: 60, leave: 30, verify: 60, total: 120 },
        ...this.deadlines,
      },
    };
  }

  /** Writes the job where the runner looks for it, and starts the runner on it. */
  start(job: Job, attempt = 1, under?: string[]): { child: ChildProcess; ended: Promise<Ended> } {
    const sha = contentHash(job);
    mkdirSync(join(this.folder, "jobs"), { recursive: true });
    writeFileSync(join(this.folder, "jobs", `${sha}.json`), canonicalJson(job));
    const program = [process.execPath, join(import.meta.dirname, "start-ready.ts")];
    const [first = "", ...rest] = [...(under ?? []), ...program];
    const env = {
      ...process.env,
      ...programs(),
      XDG_STATE_HOME: this.state,
      ...this.env,
      FAKE_BUNDLE: this.bundle.path,
      FAKE_BUNDLE_SHA: this.bundle.sha,
    };
    const child = spawn(first, rest, { env, stdio: ["pipe", "pipe", "pipe"] });
    const input = { job: sha, attempt, nonce: "n", clusterId, identity: this.identity };
    child.stdin.end(JSON.stringify(input));
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const ended = new Promise<Ended>((resolve) =>
      child.once("close", (code) => resolve({ code, stdout, stderr, summary: summaryIn(stdout) })),
    );
    return { child, ended };
  }

  async run(job: Job, attempt = 1): Promise<Ended> {
    return this.start(job, attempt).ended;
  }

  whole(): RunSummary {
    return JSON.parse(readFileSync(join(this.folder, "last.json"), "utf8")) as RunSummary;
  }

  /** Name of the youngest run. */
  lastRun(): string {
    return readdirSync(join(this.folder, "logs")).sort().at(-1) ?? "";
  }
}

function summaryIn(stdout: string): RunSummary | undefined {
  const last = stdout.trim().split("\n").at(-1);
  return last ? (JSON.parse(last) as RunSummary) : undefined;
}
