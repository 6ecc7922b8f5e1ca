import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { endChild, startChild } from "../process/children.ts";
import { FrameReader, type Frame, type StepEvent } from "./frames.ts";
import { agentProgram } from "./program.ts";

/** The connection ended before the answer came; whether to try again is the caller's decision. */
export class ConnectionLost extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "ConnectionLost";
  }
}

/** The agent answered, but could not do it. */
export class AgentRefused extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "AgentRefused";
  }
}

export interface Request {
  op: string;
  args?: Record<string, unknown>;
  data?: Buffer;
  onEvent?: (event: StepEvent) => void;
  onOutput?: (stream: "stdout" | "stderr", data: Buffer) => void;
  /** The answer must come within this; then the connection counts as lost. */
  timeoutMs: number;
}

interface Pending {
  request: Request;
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/** One ssh process with the agent at its other end. Several requests may be under way at once. */
export class AgentSession {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #pending = new Map<number, Pending>();
  readonly #frames = new FrameReader();
  #next = 1;
  #stderr = "";
  #ended: string | undefined;

  constructor(sshArgv: readonly string[]) {
    this.#child = startChild(sshArgv);
    this.#child.stdin.write(agentProgram());
    this.#child.stdout.on("data", (chunk: Buffer) => this.#read(chunk));
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-8192);
    });
    this.#child.once("error", (error) => this.#end(error.message));
    this.#child.once("close", (code) => this.#end(lastLine(this.#stderr) ?? `ssh ended with ${code ?? "a signal"}`));
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** What ssh itself said, for finding out why there is no connection. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Throws {@link ConnectionLost} or {@link AgentRefused}. */
  async request<Result>(request: Request): Promise<Result> {
    if (this.#ended !== undefined) throw new ConnectionLost(this.#ended);
    const id = this.#next++;
    const { op, args, data } = request;
    const message = { ...args, id, op, ...(data ? { bytes: data.length } : {}) };
    return new Promise<Result>((resolve, reject) => {
      const timer = setTimeout(
        () => this.#end(`no answer to ${op} within ${request.timeoutMs / 1000} s`),
        request.timeoutMs,
      );
      this.#pending.set(id, { request, resolve: (result) => resolve(result as Result), reject, timer });
      this.#child.stdin.write(`${JSON.stringify(message)}\n`);
      if (data) this.#child.stdin.write(data);
    });
  }

  close(): void {
    this.#end("closed");
  }

  #read(chunk: Buffer): void {
    try {
      for (const frame of this.#frames.push(chunk)) this.#handle(frame);
    } catch (error) {
      this.#end(`the node's answer cannot be read: ${(error as Error).message}`);
    }
  }

  #handle(frame: Frame): void {
    const pending = this.#pending.get(frame.id);
    if (pending === undefined) return;
    if (frame.event !== undefined) pending.request.onEvent?.(frame.event);
    if (frame.stream !== undefined) pending.request.onOutput?.(frame.stream, frame.data);
    if (frame.ok === undefined) return;
    this.#pending.delete(frame.id);
    clearTimeout(pending.timer);
    if (frame.ok) pending.resolve(frame.result);
    else pending.reject(new AgentRefused(frame.error ?? "no reason given"));
  }

  #end(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    // The agent ends what it started when its input ends; TERM comes after a moment for an ssh that hangs.
    this.#child.stdin.end();
    setTimeout(() => endChild(this.#child, 1000), 1000).unref();
    for (const pending of this.#pending.values()) {
      clearTimeout(pending.timer);
      pending.reject(new ConnectionLost(reason));
    }
    this.#pending.clear();
  }
}

function lastLine(text: string): string | undefined {
  return text.trim().split("\n").at(-1)?.trim() || undefined;
}
