import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { ensureImage } from "../../components/clouds/local/image.ts";
import { PROJECT } from "../../components/images/content.ts";
import type { Job } from "../../contract/job.ts";
import type { ProgressEvent, RunSummary } from "../../contract/summary.ts";
import type { ClusterConfigInput } from "../../plan/config/cluster-schema.ts";
import { specFromArgs } from "../../plan/config/read.ts";
import { planCluster } from "../../plan/plan-cluster.ts";
import { ensureArtifact } from "../../runner/artifacts/index.ts";
import { buildBundle } from "../../runner/bundle/index.ts";
import { Checkout, expectCode, type Printed } from "../../test/e2e/checkout.ts";
import { tagged } from "../../test/e2e/machine.ts";
import { childrenSeconds } from "./processes.ts";
import { whenStopped } from "./stopping.ts";

/** One command of `./muster`, from its start to its end. */
export interface Timed extends Printed {
  /** Milliseconds since the epoch. */
  startedAt: number;
  endedAt: number;
  seconds: number;
  /** Processor seconds of the whole control side. */
  cpuSeconds: number;
}

type ClusterConfig = Omit<ClusterConfigInput, "name">;

interface StackFile {
  config: { "muster:clusters": ClusterConfigInput[] };
}

/** A cluster of a checkout of its own, which no other run of anything on this machine knows. */
export class BenchCluster {
  readonly checkout = new Checkout();
  readonly name = this.checkout.name;
  readonly id = this.checkout.clusterId(this.name, this.name);
  #config: ClusterConfigInput = { name: this.name };

  /** @param change What differs from the cluster of the default stack, `dev`. */
  constructor(change: ClusterConfig = {}) {
    this.change(change);
    whenStopped(() => this.remove());
  }

  /** Writes the stack's file anew: the default one with changes. */
  change(change: ClusterConfig): void {
    const file = parse(readFileSync(join(PROJECT, "Pulumi.dev.yaml"), "utf8")) as StackFile;
    this.#config = { ...file.config["muster:clusters"][0], ...change, name: this.name };
    file.config["muster:clusters"] = [this.#config];
    this.checkout.writeStack(this.name, stringify(file));
  }

  /** Brings what an earlier `up` leaves for the next: the image, the bundle, Hadoop's files in the state folder, compiled programs. */
  async warm(): Promise<void> {
    await ensureImage();
    await buildBundle();
    const store = join(this.checkout.state, "artifacts");
    const where = { project: "muster", stack: this.name, cloud: "local" };
    const { artifacts } = planCluster(specFromArgs(this.name, this.#config), where);
    for (const { id } of artifacts) await ensureArtifact(id, undefined, { store });
    const env = this.checkout.variables();
    await execa(process.execPath, [this.checkout.path("tools", "compile.ts")], { env, extendEnv: false });
  }

  /** Runs `./muster COMMAND` on the cluster's stack; `begun` is given its process number. */
  async muster(args: readonly string[], begun: (pid: number) => void = () => undefined): Promise<Timed> {
    const cpuBefore = childrenSeconds();
    const startedAt = Date.now();
    const { child, ended } = this.checkout.start([...args, "--stack", this.name, "--yes"]);
    if (child.pid !== undefined) begun(child.pid);
    const printed = await ended;
    const endedAt = Date.now();
    const timed = { startedAt, endedAt, seconds: (endedAt - startedAt) / 1000 };
    return { ...printed, ...timed, cpuSeconds: childrenSeconds() - cpuBefore };
  }

  /** As {@link muster}; @throws Error with all that was printed, when it does not end well. */
  async succeed(args: readonly string[], begun?: (pid: number) => void): Promise<Timed> {
    const timed = await this.muster(args, begun);
    expectCode(timed, 0);
    return timed;
  }

  path = (...parts: string[]): string => this.checkout.clusterPath(this.name, this.name, ...parts);
  hosts = (): Promise<string[]> => tagged("container", this.id);

  summary = (): RunSummary => JSON.parse(readFileSync(this.path("last.json"), "utf8")) as RunSummary;
  job = (): Job => JSON.parse(readFileSync(this.path("jobs", `${this.summary().job}.json`), "utf8")) as Job;

  /** What the runner told in its runs, of the last one only. */
  events(): ProgressEvent[] {
    const lines = readFileSync(this.path("events.jsonl"), "utf8").trimEnd().split("\n");
    const all = lines.map((line) => JSON.parse(line) as ProgressEvent);
    return all.filter(({ run }) => run === all.at(-1)?.run);
  }

  async down(): Promise<Timed> {
    return this.succeed(["down", "--delete-data"]);
  }

  /** Takes everything away, whatever state it is in. */
  remove(): Promise<void> {
    return this.checkout.remove(this.name);
  }
}
