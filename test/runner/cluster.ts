import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterIdentity } from "../../contract/identity.ts";
import type { Check, Job, JobNode, LeaveStep } from "../../contract/job.ts";
import type { RunSummary } from "../../contract/summary.ts";
import { newIdentity } from "../../runner/identity.ts";
import { canonicalJson, contentHash } from "../../runner/record/canonical-json.ts";
import { makeFakeBundle } from "./fake-bundle.ts";
import { addressOf, hostName } from "./hosts.ts";

export const clusterId = "test.dev.live";

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  summary: RunSummary | undefined;
}

/** A state folder of its own, an identity, a fake bundle: everything that `Ready` is given. */
export class TestCluster {
  readonly state = mkdtempSync(join(tmpdir(), "muster-runner-state-"));
  readonly folder = join(this.state, "muster", "clusters", clusterId);
  readonly identity: ClusterIdentity = newIdentity();
  bundle = makeFakeBundle(this.state);
  machineSeconds = 60;
  minReady = 1;
  checks: Check[] = [];
  leave: LeaveStep[] = [];
  /** Of the runner, besides its own folders. */
  env: Record<string, string> = {};

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
      deadlines: { machine: this.machineSeconds, converge: 60, leave: 30, verify: 60, total: 120 },
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

/** Node number `index` of the pool; its host key is asked of podman. */
export function workerNode(index: number, note = "", generation = 1): JobNode {
  const name = `live-worker-${index}`;
  const address = addressOf(index);
  const fqdn = `${name}.live.internal`;
  const member = { name, fqdn, address, pool: "worker", roles: ["worker"], daemons: ["fake"] };
  const argv = ["podman", "exec", hostName(name), "cat", "/etc/ssh/ssh_host_ed25519_key.pub"];
  return {
    name,
    pool: "worker",
    ordinal: index,
    roles: ["worker"],
    generation,
    ssh: { address, port: 22, user: "muster", hostKey: { kind: "outOfBand", argv } },
    view: {
      format: 1,
      cluster: { name: "live", kind: "hadoop", domain: "live.internal", subnet: "10.0.0.0/24", formatted: [] },
      node: {
        ...member,
        ordinal: index,
        groups: ["worker"],
        cpus: 1,
        stateful: true,
        memory: { host: 512, reserved: 128, daemons: {}, available: 128 },
      },
      masters: [],
      resolvers: [],
      loginUser: "muster",
      users: [],
      firewall: {
        operatorSources: [],
        operator: [],
        accept: [{ name: "closed", protocol: "tcp", ports: [9999, 9999], source: "10.0.0.0/24" }],
      },
      versions: { hadoop: "3.4.2", java: 17 },
      artifacts: {},
      apply: [],
      services: { note: { note } },
    },
  };
}

function summaryIn(stdout: string): RunSummary | undefined {
  const last = stdout.trim().split("\n").at(-1);
  return last ? (JSON.parse(last) as RunSummary) : undefined;
}
