import { randomBytes } from "node:crypto";
import { contentHash } from "../../contract/canonical-json.ts";
import { LineCutter } from "../record/line-cutter.ts";
import type { StepEvent } from "./frames.ts";
import type { NodeLink } from "./link.ts";

export const bundlePath = "/opt/muster/current";

/** Beyond a command's own deadline, for the connection itself. */
const slackSeconds = 20;
/** Characters of a line of progress. */
const longestLine = 4096;

export interface CommandRequest {
  argv: string[];
  /** Its whole stdin. */
  input?: string;
  seconds: number;
  /** Each line of stderr, as it comes. */
  onStderrLine?: (line: string) => void;
}

export interface CommandResult {
  code: number;
  timedOut: boolean;
  /** The first MiB of each. */
  stdout: string;
  stderr: string;
}

/** Runs a command on the node, as root, with a deadline after which its whole process group is ended. */
export async function runOnNode(link: NodeLink, command: CommandRequest): Promise<CommandResult> {
  const until = Date.now() + (command.seconds + slackSeconds) * 1000;
  let stdout: Buffer[] = [];
  let stderr: Buffer[] = [];
  const result = await link.request<{ code: number; timedOut: boolean }>(() => {
    stdout = [];
    stderr = [];
    const lines = new LineCutter(longestLine);
    return {
      op: "command",
      args: { argv: command.argv, seconds: command.seconds },
      ...(command.input === undefined ? {} : { data: Buffer.from(command.input, "utf8") }),
      timeoutMs: (command.seconds + slackSeconds) * 1000,
      onOutput: (stream, data) => {
        (stream === "stdout" ? stdout : stderr).push(Buffer.from(data));
        if (stream === "stderr") for (const line of lines.push(data)) command.onStderrLine?.(line);
      },
    };
  }, until);
  const text = (parts: Buffer[]) => Buffer.concat(parts).toString("utf8");
  return { ...result, stdout: text(stdout), stderr: text(stderr) };
}

export interface StreamRequest {
  /** Made anew for each connection, so that it may say from where on. */
  argv: () => string[];
  seconds: number;
  /** How long the node is waited for when it does not answer. */
  patienceSeconds: number;
  onOutput: (stream: "stdout" | "stderr", data: Buffer) => void;
}

/** Runs a command on the node, as root, and hands on all that it prints, as it comes. Returns its exit code. */
export async function streamFromNode(link: NodeLink, request: StreamRequest): Promise<number> {
  const answer = await link.request<{ code: number }>(
    () => ({
      op: "command",
      args: { argv: request.argv(), seconds: request.seconds + slackSeconds / 2, limit: Number.MAX_SAFE_INTEGER },
      timeoutMs: (request.seconds + slackSeconds) * 1000,
      onOutput: request.onOutput,
    }),
    Date.now() + request.patienceSeconds * 1000,
  );
  return answer.code;
}

export interface StepRequest {
  step: "prepare" | "activate" | "own";
  argv: string[];
  /** Hash of everything the step works on: an equal one that runs already is joined. */
  inputs: string;
  seconds: number;
  onEvent: (event: StepEvent) => void;
}

export interface StepResult {
  state: "done" | "failed";
  text?: string;
  changed?: number;
  /** Who wants the node rebooted, and the step run again then: it is not at its end. */
  reboot?: string;
  /** The end of the step's log on the node, when it failed. */
  log?: string;
}

/** Brings a step to its end, over as many connections as it takes. */
export async function runStep(link: NodeLink, request: StepRequest): Promise<StepResult> {
  const { step, argv, seconds } = request;
  const started = Date.now();
  const until = started + (seconds + slackSeconds) * 1000;
  const key = contentHash({ inputs: request.inputs, argv });
  const token = randomBytes(8).toString("hex");
  let seen = 0;
  return link.request<StepResult>(() => {
    const left = Math.max(1, Math.ceil(seconds - (Date.now() - started) / 1000));
    return {
      op: "step",
      args: { step, argv, key, token, seen, seconds: left },
      timeoutMs: (left + slackSeconds) * 1000,
      onEvent: (event) => {
        seen = event.index ?? seen;
        request.onEvent(event);
      },
    };
  }, until);
}
