import { z } from "zod";
import type { Job } from "../../contract/job.ts";
import { jobLine, type JobLine, type Submission } from "../../contract/submission.ts";
import { bundlePath, runOnNode, streamFromNode } from "../../runner/node/ask.ts";
import { NodeFailure } from "../../runner/node/failure.ts";
import type { NodeLink } from "../../runner/node/link.ts";
import { AgentRefused } from "../../runner/node/session.ts";
import { linksTo } from "../../runner/run.ts";
import { sshFiles } from "../../runner/ssh/operator.ts";
import { Trouble } from "../exit.ts";
import { tell } from "../options.ts";

/** The node's own program for jobs. */
export const JOB_PROGRAM = `${bundlePath}/bin/job`;

const CONNECT_MS = 30_000;
const QUICK_SECONDS = 60;
/** Of one answer while a job is followed; so a line that broke without a word is noticed. */
const SLICE_SECONDS = 30;
/** How long a node that is lost meanwhile is waited for. */
const PATIENCE_SECONDS = 600;
/** The program's code for: there is more to come. */
const MORE = 10;

/** Jobs on one node, over one connection, or as many as it takes. */
export class JobsAtNode {
  readonly node: string;
  readonly #link: NodeLink;
  readonly #signal: AbortSignal;

  constructor(job: Job, node: string, signal: AbortSignal) {
    const detail = (name: string, text: string): void => tell(`  ${name}: ${text}`);
    const link = linksTo(job, { files: sshFiles(job.cluster.id), signal, detail }).get(node);
    if (link === undefined) throw new Trouble(`${node} is no node of ${job.cluster.name} any more`);
    this.node = node;
    this.#link = link;
    this.#signal = signal;
    // What is under way is given up at once.
    signal.addEventListener("abort", () => link.close(), { once: true });
  }

  create = (submission: Submission): Promise<string> => this.#ask(["create"], JSON.stringify(submission));
  start = (id: string): Promise<string> => this.#ask(["start", id]);
  cancel = (id: string): Promise<string> => this.#ask(["cancel", id]);
  show = async (id: string): Promise<JobLine> => jobLine.parse(JSON.parse(await this.#ask(["show", id])));
  list = async (): Promise<JobLine[]> => z.array(jobLine).parse(JSON.parse(await this.#ask(["list"])));

  close(): void {
    this.#link.close();
  }

  /** Passes on what a job prints until its command has ended; a lost line is taken up where it broke. */
  async follow(id: string, pass: (stream: "stdout" | "stderr", data: Buffer) => void): Promise<void> {
    const told = { stdout: 0, stderr: 0 };
    await this.#untilLast(
      () => ["follow", id, "--stdout", String(told.stdout), "--stderr", String(told.stderr)],
      (stream, data) => {
        told[stream] += data.length;
        pass(stream, data);
      },
    );
  }

  /** Until the job's folder is whole. */
  async wait(id: string): Promise<void> {
    await this.#untilLast(
      () => ["wait", id],
      () => undefined,
    );
  }

  async #untilLast(
    words: () => string[],
    onOutput: (stream: "stdout" | "stderr", data: Buffer) => void,
  ): Promise<void> {
    const argv = (): string[] => [JOB_PROGRAM, ...words(), "--seconds", String(SLICE_SECONDS)];
    for (;;) {
      const code = await this.#guarded(() =>
        streamFromNode(this.#link, {
          argv,
          seconds: SLICE_SECONDS,
          patienceSeconds: PATIENCE_SECONDS,
          onOutput,
        }),
      );
      if (code === 0) return;
      if (code !== MORE) throw new Trouble(`${this.node}: its program for jobs ended with ${code}`);
      await drained();
    }
  }

  async #ask(words: string[], input = ""): Promise<string> {
    const argv = [JOB_PROGRAM, ...words];
    const done = await this.#guarded(async () => {
      await this.#link.connect(Date.now() + CONNECT_MS);
      return runOnNode(this.#link, { argv, input, seconds: QUICK_SECONDS });
    });
    if (done.code === 0) return done.stdout;
    const why = done.timedOut ? `no answer within ${QUICK_SECONDS} s` : (done.stderr.trim().split("\n").at(-1) ?? "");
    throw new Trouble(`${this.node}: ${why === "" ? `exit code ${done.code}` : why}`);
  }

  /** Says for people what went wrong on the way. */
  async #guarded<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (this.#signal.aborted) throw error;
      if (error instanceof AgentRefused && error.message.includes(JOB_PROGRAM))
        throw new Trouble(`${this.node} knows no jobs yet: it was configured by an older Muster. First: ./muster up`);
      if (error instanceof NodeFailure) throw new Trouble(`${this.node} does not answer: ${error.message}`);
      throw error;
    }
  }
}

/** Who reads the output slowly sets the pace. */
async function drained(): Promise<void> {
  for (const stream of [process.stdout, process.stderr])
    if (stream.writableNeedDrain && !stream.destroyed)
      await new Promise<void>((resolve) => {
        for (const event of ["drain", "close"]) stream.once(event, resolve);
      });
}
