import assert from "node:assert/strict";
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { FrameReader, type Frame } from "../../../runner/node/frames.ts";
import { agentCommand, agentProgram } from "../../../runner/node/program.ts";

const answerMs = 20_000;

/** The agent as a node's shell starts it, but as whoever runs the test. */
class Agent {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #reader = new FrameReader();
  readonly frames: Frame[] = [];
  errors = "";

  constructor() {
    this.#child = spawn("sh", ["-c", agentCommand.replace(/^sudo -n /, "exec ")]);
    this.#child.stdout.on("data", (part: Buffer) => this.frames.push(...this.#reader.push(part)));
    this.#child.stderr.on("data", (part: Buffer) => (this.errors += part.toString()));
    this.#child.stdin.write(agentProgram());
  }

  ask(request: { id: number; op: string } & Record<string, unknown>): void {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
  }

  /** The first message that is looked for. */
  async frame(wanted: (frame: Frame) => boolean): Promise<Frame> {
    for (const until = Date.now() + answerMs; Date.now() < until; await pause(20)) {
      const found = this.frames.find(wanted);
      if (found !== undefined) return found;
    }
    throw new Error(`not told: ${JSON.stringify(this.frames)} ${this.errors}`);
  }

  /** Ends the connection, and waits for the agent's end. */
  async close(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    const ended = once(this.#child, "exit", { signal: AbortSignal.timeout(answerMs) });
    this.#child.stdin.end();
    const [code] = (await ended) as [number | null];
    return code;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

describe("the agent on a node", function () {
  this.timeout(60_000);
  let agent: Agent;
  beforeEach(() => {
    agent = new Agent();
  });
  afterEach(() => agent.kill());

  it("starts from what the connection brings, and answers", async () => {
    agent.ask({ id: 1, op: "time" });
    const { result } = await agent.frame(({ id, ok }) => id === 1 && ok === true);
    assert.ok(Math.abs((result as { time: number }).time - Date.now() / 1000) < 60);
    agent.ask({ id: 2, op: "unheard" });
    assert.match((await agent.frame(({ id }) => id === 2)).error ?? "", /unheard/);
    assert.equal(await agent.close(), 0, "where nothing was started, nothing has to be ended");
    assert.equal(agent.errors, "");
  });

  it("ends the command that it is told to cancel, and what still works when the connection ends", async () => {
    const argv = ["sh", "-c", "echo $$; exec sleep 300"];
    const numbers: number[] = [];
    for (const id of [1, 2]) {
      agent.ask({ id, op: "command", argv, seconds: 300 });
      const { data } = await agent.frame((frame) => frame.id === id && frame.stream === "stdout");
      numbers.push(Number(data.toString()));
    }
    const [first = 0, second = 0] = numbers;
    agent.ask({ id: 3, op: "cancel", target: 1 });
    assert.deepEqual((await agent.frame(({ id, ok }) => id === 1 && ok === true)).result, {
      code: -15,
      timedOut: false,
    });
    assert.throws(() => process.kill(first, 0), /ESRCH/);
    assert.ok(process.kill(second, 0));
    assert.equal(await agent.close(), 0);
    assert.throws(() => process.kill(second, 0), /ESRCH/);
  });
});
