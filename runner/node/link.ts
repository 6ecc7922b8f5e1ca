import { setTimeout as pause } from "node:timers/promises";
import type { JobNode } from "../../contract/job.ts";
import type { ClusterIdentity } from "../../contract/identity.ts";
import { hostPrincipals, type SshFiles } from "../ssh/config.ts";
import type { EnrolledNodes } from "../ssh/enrolled.ts";
import { firstContact, NotYet, type FirstContact } from "../ssh/first-contact.ts";
import { fingerprint } from "../../contract/ssh-key.ts";
import { answersTcp, shownHostKey } from "../ssh/reach.ts";
import { enrol } from "./enrol.ts";
import { NodeFailure } from "./failure.ts";
import type { Hello } from "./hello.ts";
import { agentCommand } from "./program.ts";
import { AgentRefused, AgentSession, ConnectionLost, type Request } from "./session.ts";

export interface Trust {
  identity: ClusterIdentity;
  enrolled: EnrolledNodes;
}

export interface LinkContext {
  files: SshFiles;
  /** Without an identity nothing is enrolled: only what the host CA signed is talked to. */
  trust?: Trust;
  signal: AbortSignal;
  detail: (node: string, text: string) => void;
  /** Why the machine will not come, once that is known. */
  notComing: (node: string) => string | undefined;
  /** How long a node that was lost is waited for. */
  lostMs: number;
  /** Resolves when a bastion can be used; at once for a node that is none. */
  bastionReady: (bastion: string) => Promise<void>;
  /** At most so many connections are set up at once. */
  connecting: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** What can wait for those that still want to be let in, a few at once. */
  behind: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

const helloTimeoutMs = 30_000;
/** A wrong host key may be a machine that is just making its own; after so many looks it is not. */
const wrongKeyLooks = 3;
/** Between attempts: doubles up to the longest. */
const pauses = { firstMs: 250, longestMs: 3000 };

class WrongHostKey extends Error {}

/** The way to one node: makes the connection, makes it again when it was lost, until a deadline. */
export class NodeLink {
  readonly node: JobNode;
  readonly #context: LinkContext;
  #session: AgentSession | undefined;
  #opening: Promise<Hello> | undefined;
  #enrolling: Promise<void> | undefined;
  #attempts = 0;

  constructor(node: JobNode, context: LinkContext) {
    this.node = node;
    this.#context = context;
  }

  /**
   * Waits until the node answers under its own key, or under the one of its first contact until {@link enrol} is done.
   * `until`: milliseconds since the epoch.
   * Throws {@link NodeFailure}: `unreachable`, or `failed` on a wrong host key.
   */
  async connect(until: number): Promise<Hello> {
    const { signal, detail, notComing } = this.#context;
    let reason = "";
    let wrongKeys = 0;
    for (let wait = pauses.firstMs; ; wait = Math.min(wait * 1.5, pauses.longestMs)) {
      try {
        return await this.#attemptOnce();
      } catch (error) {
        if (signal.aborted) throw error;
        if (error instanceof WrongHostKey) wrongKeys += 1;
        const message = (error as Error).message;
        if (wrongKeys >= wrongKeyLooks) throw new NodeFailure("failed", "machine", message);
        if (error instanceof AgentRefused) throw new NodeFailure("failed", "machine", message);
        if (message !== reason) detail(this.node.name, message);
        reason = message;
        const hopeless = notComing(this.node.name);
        if (hopeless !== undefined) throw new NodeFailure("unreachable", "machine", hopeless);
      }
      if (Date.now() + wait > until) throw new NodeFailure("unreachable", "machine", reason);
      await pause(wait, undefined, { signal });
    }
  }

  /** Asks the agent, on a new connection if the old one broke meanwhile. All its operations may be repeated. */
  async request<Result>(make: () => Request, until: number): Promise<Result> {
    return this.#onSession((session) => session.request<Result>(make()), until);
  }

  /**
   * Sees to it that the node has the host CA's signature and trusts the user CA. Those that still want to be let in go
   * first: it can be done beside other work, as long as nobody else logs in there.
   * Throws {@link NodeFailure}: `unreachable`, or `failed` when the node refuses.
   */
  async enrol(until: number): Promise<void> {
    const { trust, behind } = this.#context;
    if (trust === undefined) return;
    const { name, generation, ssh } = this.node;
    this.#enrolling ??= this.#onSession(async (session) => {
      if (trust.enrolled.has(name, generation)) return;
      await behind(() => this.#certify(trust, session, { replaceKey: ssh.hostKey.kind === "derived" }));
    }, until)
      .catch((error: unknown) => {
        throw error instanceof AgentRefused ? new NodeFailure("failed", "machine", error.message) : error;
      })
      .finally(() => {
        this.#enrolling = undefined;
      });
    await this.#enrolling;
  }

  async #onSession<Result>(work: (session: AgentSession) => Promise<Result>, until: number): Promise<Result> {
    for (let wait = pauses.firstMs; ; wait = Math.min(wait * 2, pauses.longestMs)) {
      if (this.#session === undefined || this.#session.ended)
        await this.connect(Math.min(until, Date.now() + this.#context.lostMs));
      try {
        return await work(this.#session as AgentSession);
      } catch (error) {
        if (!(error instanceof ConnectionLost) || this.#context.signal.aborted || Date.now() + wait > until)
          throw error;
        this.#context.detail(this.node.name, `connection lost (${error.message}), connecting again`);
        await pause(wait, undefined, { signal: this.#context.signal });
      }
    }
  }

  /** Gives the connection up; the next request makes a new one. */
  close(): void {
    this.#session?.close();
    this.#session = undefined;
  }

  /** Whoever asks at the same time gets the same answer. */
  async #attemptOnce(): Promise<Hello> {
    this.#opening ??= this.#attempt()
      .catch((error: unknown) => {
        this.close();
        throw error;
      })
      .finally(() => {
        this.#opening = undefined;
      });
    return this.#opening;
  }

  async #attempt(): Promise<Hello> {
    if (this.#session !== undefined && !this.#session.ended) return hello(this.#session);
    const { node } = this;
    const { trust, connecting } = this.#context;
    this.#attempts += 1;
    await this.#somethingAnswers();
    const enrolled = trust === undefined || trust.enrolled.has(node.name, node.generation);
    if (enrolled) {
      return connecting(async () => {
        const [session, answer] = await this.#open(undefined);
        if (trust !== undefined && !trust.enrolled.names(node.name, hostPrincipals(node)))
          await this.#certify(trust, session);
        return answer;
      });
    }
    return connecting(async () => {
      const contact = await firstContact(node, this.#context.files, trust.identity);
      const [session, answer] = await this.#open(contact);
      const generation = answer.enrolled?.generation;
      if (node.ssh.hostKey.kind === "derived" && generation !== undefined && generation !== node.generation)
        throw new NotYet(`the machine of generation ${generation} still answers, ${node.generation} is wanted`);
      if (node.ssh.hostKey.kind !== "knownHosts") return answer;
      // From here on only the CA's signature counts. A machine that was made for us is known to serve it; of one that was
      // there before, with settings of its own, a new connection proves it.
      await this.#certify(trust, session);
      this.close();
      return (await this.#open(undefined))[1];
    });
  }

  /** Looking first spares a login that nobody answers: then it waits long, and keeps others from theirs. */
  async #somethingAnswers(): Promise<void> {
    const { address, port, bastion, sameMachine } = this.node.ssh;
    if (bastion !== undefined) return this.#context.bastionReady(bastion);
    // A host of this machine answers at once or is not there, and its part of a look is this machine's work, too: half of
    // what sshd does at a login.
    if (sameMachine === true && this.#attempts === 1) return;
    if (!(await answersTcp(address, port, 2000))) throw new NotYet(`nothing answers at ${address}:${port}`);
  }

  async #certify(trust: Trust, session: AgentSession, { replaceKey = false } = {}): Promise<void> {
    const { node } = this;
    await enrol(node, session, trust.identity, replaceKey);
    trust.enrolled.add(node.name, node.generation, hostPrincipals(node));
  }

  async #open(contact: FirstContact | undefined): Promise<[AgentSession, Hello]> {
    const argv = this.#ssh(contact, ["-o", "LogLevel=ERROR"], agentCommand);
    const session = new AgentSession(argv);
    this.#session = session;
    try {
      return [session, await hello(session)];
    } catch (error) {
      // Everything ssh had to say arrives with its end.
      if (/Host key verification failed|HOST IDENTIFICATION HAS CHANGED/.test(session.stderr))
        throw await this.#wrongKey(contact);
      throw error;
    }
  }

  async #wrongKey(contact: FirstContact | undefined): Promise<WrongHostKey> {
    const shown = (await shownHostKey(this.#ssh(contact, ["-v"], "true"))) ?? "another key";
    const hostCa = this.#context.trust?.identity.hostCa.public;
    const ca = hostCa === undefined ? "" : ` (${fingerprint(hostCa)})`;
    const expected = contact?.expected ?? `one signed by the cluster's host CA${ca}`;
    return new WrongHostKey(
      `wrong host key at ${this.node.ssh.address}: it shows ${shown}, expected ${expected}. Somebody else's machine, or one rebuilt without us: "muster repair ${this.node.name}" makes it again`,
    );
  }

  #ssh(contact: FirstContact | undefined, options: string[], command: string): string[] {
    const base = ["ssh", "-F", this.#context.files.config, "-T", "-o", "BatchMode=yes", ...options];
    return [...base, ...(contact?.options ?? []), this.node.name, command];
  }
}

async function hello(session: AgentSession): Promise<Hello> {
  return session.request<Hello>({ op: "hello", timeoutMs: helloTimeoutMs });
}
