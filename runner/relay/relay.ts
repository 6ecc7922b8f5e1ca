import type { ClusterIdentity } from "../../contract/identity.ts";
import type { JobNode } from "../../contract/job.ts";
import { NodeFailure } from "../node/failure.ts";
import type { Hello } from "../node/hello.ts";
import type { NodeLink } from "../node/link.ts";
import { ConnectionLost } from "../node/session.ts";
import { linkOf, type Run } from "../run.ts";
import { type LocalArtifact, sendAcross } from "./crossing.ts";
import { type Giver, Givers } from "./givers.ts";
import { oneTimeKey } from "./one-time-key.ts";

/** Looking through what has come, or laying it out, on a slow disk. */
const wantedMs = 300_000;
/** A taker gives a giver up after so long without a byte; a transfer as a whole may take this long. */
const stallSeconds = 30;
const transferMs = 1800_000;
/** So long after the first answer a crossing waits for nodes of earlier runs, which may have the artifact already. */
const oldNodesMs = 10_000;
/** A giver is at hand; what it takes to make it one of the cluster's takes a second. */
const enrolMs = 60_000;
/** Between two words about one transfer. */
const progressMs = 500;
/** Transfers to one node in a row that bring nothing new; and those over the line after which something is not right. */
const most = { fruitless: 6, damaged: 2 };

/** What a node lacks of an artifact; `missing` holds hashes, `damaged` paths. */
interface Lack {
  missing: string[];
  damaged: string[];
}

export interface RelayOptions {
  /** Artifacts on this machine, once they are there. */
  artifacts: Promise<readonly LocalArtifact[]>;
  identity: ClusterIdentity;
  /** Nodes that an earlier run configured. */
  old: ReadonlySet<string>;
}

/**
 * Brings artifacts to nodes that have no other way to them. Each crosses the operator's line once, to a node that is
 * reached directly, and is handed on from node to node: by SSH, with a key for just that, so that nothing listens for it.
 * What came is believed by its hashes alone, and stays when a transfer is cut off.
 */
export class Relay {
  readonly #run: Run;
  readonly #options: RelayOptions;
  readonly #givers = new Map<string, Givers>();
  /** Nodes that answered, with their clocks' offsets, and those of which nothing more will come. */
  readonly #clocks = new Map<string, number>();
  readonly #settled = new Set<string>();
  /** What a transfer to them was cut off of in an earlier run. */
  readonly #begun = new Map<string, Hello["begun"]>();
  #oldAwaited = true;

  constructor(run: Run, options: RelayOptions) {
    this.#run = run;
    this.#options = options;
  }

  /** A node answered and says what it has. */
  hear(node: JobNode, hello: Hello): void {
    if (this.#clocks.size === 0) setTimeout(() => this.#goOnWithoutOld(), oldNodesMs).unref();
    this.#clocks.set(node.name, hello.time - Date.now() / 1000);
    for (const id of hello.artifacts) this.#giversOf(id).add(node.name);
    this.#begun.set(node.name, hello.begun);
    this.#wake();
  }

  /** Nobody needs to wait for this node. */
  settle(node: string): void {
    this.#settled.add(node);
    this.#wake();
  }

  /**
   * Returns when the node has all artifacts of its view. Throws {@link NodeFailure}.
   * @param thorough Look at every file of what it has.
   */
  async bring(node: JobNode, hello: Hello, thorough: boolean): Promise<void> {
    const wanted = Object.values(node.view.artifacts);
    if (wanted.length === 0) return;
    const artifacts = await this.#options.artifacts;
    for (const artifact of artifacts.filter(({ id }) => wanted.includes(id))) {
      if (hello.artifacts.includes(artifact.id) && !thorough) continue;
      try {
        await this.#bring(artifact, node, thorough);
      } catch (error) {
        this.#run.signal.throwIfAborted();
        const state = error instanceof NodeFailure && error.state === "unreachable" ? error.state : "failed";
        throw new NodeFailure(state, "artifacts", (error as Error).message);
      }
    }
  }

  async #bring(artifact: LocalArtifact, node: JobNode, thorough: boolean): Promise<void> {
    const { signal, log } = this.#run;
    const link = linkOf(this.#run, node.name);
    const givers = this.#giversOf(artifact.id);
    const avoid = new Set<string>();
    let reason = "";
    let damaged = 0;
    let lack = await this.#lackOf(artifact, link, thorough);
    for (let before = Number.POSITIVE_INFINITY, fruitless = 0; lack.missing.length > 0; ) {
      fruitless = lack.missing.length < before ? 0 : fruitless + 1;
      before = lack.missing.length;
      if (damaged >= most.damaged) throw new Error(`${artifact.id} ${reason}, although sent twice`);
      if (fruitless >= most.fruitless) throw new Error(`${artifact.id} cannot be brought to it: ${reason}`);
      const giver = await givers.next(node.name, avoid, signal);
      let wrong: string | undefined;
      let now: Lack | undefined;
      try {
        wrong = await this.#transfer(artifact, link, giver, new Set(lack.missing));
        // Laid out before it is the next one's turn, who could take it from here then.
        if (wrong === undefined) now = await this.#lackOf(artifact, link, thorough);
        if (now?.missing.length === 0) givers.add(node.name);
        // Of what was cut off this says nothing: there the end of a file may have come before its middle.
        if (now !== undefined && now.damaged.length > 0) {
          damaged += 1;
          reason = damagedText(now.damaged);
          log.event("artifacts", "progress", `${artifact.id}: ${reason}`, node.name);
        }
      } finally {
        givers.done(giver, wrong === undefined ? "well" : "wrong");
      }
      if (wrong !== undefined) {
        reason = wrong;
        log.event("artifacts", "progress", `${artifact.id} ${wordsFor(giver)}: ${wrong}`, node.name);
        if (giver === "operator") this.#begun.delete(node.name);
        else avoid.add(giver.node);
      }
      lack = now ?? (await this.#lackOf(artifact, link, thorough));
    }
    givers.add(node.name);
  }

  /** What a node still lacks; when it is nothing, it has the artifact from then on. Waits for a node that was lost. */
  async #lackOf(artifact: LocalArtifact, link: NodeLink, thorough: boolean): Promise<Lack> {
    const files = artifact.files.map(({ path, size, sha256, executable }) => [path, size, sha256, executable]);
    const args = { artifact: artifact.id, thorough, keep: Object.values(link.node.view.artifacts) };
    const data = Buffer.from(JSON.stringify(files), "utf8");
    const until = Date.now() + this.#run.job.deadlines.machine * 1000;
    return link.request<Lack>(() => ({ op: "artifactWanted", args, data, timeoutMs: wantedMs }), until);
  }

  /** One transfer; what went wrong with its giver, or with the line, if anything. Throws what is the taker's own fault. */
  async #transfer(
    artifact: LocalArtifact,
    link: NodeLink,
    giver: Giver,
    missing: ReadonlySet<string>,
  ): Promise<string | undefined> {
    const { log } = this.#run;
    const { name } = link.node;
    const started = performance.now();
    const total = sizeOf(artifact, missing);
    const what = `${artifact.id} ${wordsFor(giver)}`;
    log.event("artifacts", "started", `${what}: ${megabytes(total)}`, name);
    let told = started;
    const progress = (count: number) => {
      if (performance.now() - told < progressMs) return;
      told = performance.now();
      log.event("artifacts", "progress", `${what}: ${megabytes(count)} of ${megabytes(total)}`, name);
    };
    try {
      let count = 0;
      if (giver === "operator") await sendAcross(link, artifact, missing, (bytes) => progress((count += bytes)));
      else {
        const taken = await this.#handOn(artifact.id, link, giver.node, progress);
        if (taken.damaged.length > 0) return damagedText(taken.damaged);
        if (taken.reason !== null) return taken.reason;
        count = taken.bytes;
      }
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      log.event("artifacts", "done", `${what}: ${count} bytes in ${seconds} s`, name);
      return undefined;
    } catch (error) {
      if (this.#run.signal.aborted || !isLost(error)) throw error;
      return `connection lost (${(error as Error).message})`;
    }
  }

  async #handOn(id: string, link: NodeLink, from: string, progress: (bytes: number) => void) {
    const { identity } = this.#options;
    const giverLink = linkOf(this.#run, from);
    const giver = giverLink.node;
    // The taker knows it by its certificate only.
    await giverLink.enrol(Date.now() + enrolMs);
    const keys = oneTimeKey(id, giver, link.node, identity.userCa, this.#clocks.get(from) ?? 0);
    const data = Buffer.from(JSON.stringify({ ...keys, hostCa: identity.hostCa.public.trim() }), "utf8");
    const { address } = giver.view.node;
    const args = {
      artifact: id,
      giver: { name: from, address, port: giver.ssh.port, user: giver.ssh.user },
      stallSeconds,
    };
    type Taken = { damaged: string[]; reason: string | null; bytes: number };
    const request = {
      ...{ op: "artifactFetch", args, data, timeoutMs: transferMs },
      onEvent: ({ bytes }: { bytes?: number }) => progress(bytes ?? 0),
    };
    return link.request<Taken>(() => request, Date.now());
  }

  /**
   * Whether a node may be the first: no node of an earlier run may still say that it has it, and nobody is better placed.
   * Better is who is reached directly, then who has more of it.
   */
  #mayCross(id: string, taker: string): boolean {
    const { nodes } = this.#run.job;
    const { old } = this.#options;
    const open = nodes.filter(({ name }) => !this.#settled.has(name));
    if (this.#oldAwaited && open.some(({ name }) => old.has(name) && !this.#clocks.has(name))) return false;
    const isDirect = ({ ssh }: JobNode) => ssh.bastion === undefined;
    const bytes = ({ name }: JobNode) => this.#begun.get(name)?.[id] ?? 0;
    const own = linkOf(this.#run, taker).node;
    const isBetter = (rival: JobNode) =>
      isDirect(rival) === isDirect(own) ? bytes(rival) > bytes(own) : isDirect(rival);
    return !open.some(
      (node) => this.#clocks.has(node.name) && Object.values(node.view.artifacts).includes(id) && isBetter(node),
    );
  }

  #goOnWithoutOld(): void {
    this.#oldAwaited = false;
    this.#wake();
  }

  #giversOf(id: string): Givers {
    const known = this.#givers.get(id);
    if (known !== undefined) return known;
    const givers = new Givers((taker) => this.#mayCross(id, taker));
    this.#givers.set(id, givers);
    return givers;
  }

  #wake(): void {
    for (const givers of this.#givers.values()) givers.wake();
  }
}

const isLost = (error: unknown): boolean =>
  error instanceof ConnectionLost || (error instanceof NodeFailure && error.state === "unreachable");

const wordsFor = (giver: Giver): string => `from ${giver === "operator" ? "here" : giver.node}`;

const damagedText = (paths: readonly string[]): string => `arrived damaged: ${paths.slice(0, 3).join(", ")}`;

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

function sizeOf({ files }: LocalArtifact, missing: ReadonlySet<string>): number {
  const sizes = new Map(files.map(({ sha256, size }) => [sha256, size]));
  return [...missing].reduce((sum, sha256) => sum + (sizes.get(sha256) ?? 0), 0);
}
