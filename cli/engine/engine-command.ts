import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import type { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import type { EngineRun } from "./engine-run.ts";

type Sink = (text: string) => void;

/**
 * How the Automation API starts the engine here: as leader of its own session. A Ctrl-C at the terminal then reaches
 * this program alone, which passes it on once; and whatever the engine leaves behind is found by that session.
 */
export function engineInItsOwnSession(base: PulumiCommand, run: EngineRun): PulumiCommand {
  const start = (
    args: string[],
    cwd: string,
    variables: Record<string, string>,
    onOutput?: Sink,
    onError?: Sink,
    signal?: AbortSignal,
  ): Promise<EngineOutput> => startEngine(base.command, args, { cwd, variables, onOutput, onError, signal }, run);
  return Object.assign(Object.create(base) as PulumiCommand, { run: start });
}

/** What the Automation API expects of a finished command. */
interface EngineOutput {
  stdout: string;
  stderr: string;
  code: number;
}

interface StartOptions {
  cwd: string;
  variables: Record<string, string>;
  onOutput: Sink | undefined;
  onError: Sink | undefined;
  signal: AbortSignal | undefined;
}

/** Thrown when the engine ends with anything but 0. */
export class EngineFailed extends Error {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  constructor(code: number, stdout: string, stderr: string) {
    super(`the engine ended with ${code}`);
    this.name = "EngineFailed";
    this.code = code;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

/**
 * The Automation API ends each run by asking for the stack's outputs, twice, and for its history, and begins with selecting
 * a stack that every command names anyway. Nobody here reads that, and each is a start of the engine, so it is answered here.
 */
function unreadAnswer([topic, question]: readonly string[]): string | undefined {
  if (topic !== "stack") return undefined;
  return { output: "{}", history: "[]", select: "" }[question ?? ""];
}

async function startEngine(
  command: string,
  givenArgs: string[],
  options: StartOptions,
  run: EngineRun,
): Promise<EngineOutput> {
  const unread = unreadAnswer(givenArgs);
  if (unread !== undefined) return { stdout: unread, stderr: "", code: 0 };
  // Told to end between two commands of the engine: no other is begun.
  options.signal?.throwIfAborted();
  const args = givenArgs.includes("--non-interactive") ? givenArgs : [...givenArgs, "--non-interactive"];
  run.say(`(cd ${options.cwd} && pulumi ${args.join(" ")})`);
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.variables, ...run.mark, PULUMI_AUTOMATION_API: "true" },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  run.started(child);
  const log = createWriteStream(run.log, { flags: "a", mode: 0o600 });
  // On a full disk the engine itself fails, and tells; that its words are not kept must not end this program first.
  log.on("error", () => undefined);
  log.write(`$ pulumi ${args.join(" ")}\n`);
  // `stack output` and the like print values that are nobody's business later.
  const logged = ["up", "preview", "destroy", "refresh", "state"].includes(args[0] ?? "");
  const stdout: string[] = [];
  const stderr: string[] = [];
  const collect = (into: string[], sink?: Sink) => (data: Buffer) => {
    const text = data.toString();
    into.push(text);
    if (logged) log.write(text);
    sink?.(text);
  };
  child.stdout.on("data", collect(stdout, options.onOutput));
  child.stderr.on("data", collect(stderr, options.onError));
  const interrupt = (): void => void child.kill("SIGINT");
  options.signal?.addEventListener("abort", interrupt, { once: true });
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (status, signal) => resolve(status ?? (signal === null ? 1 : 128)));
    });
    if (code !== 0) throw new EngineFailed(code, stdout.join(""), stderr.join(""));
    return { stdout: stdout.join(""), stderr: stderr.join(""), code };
  } finally {
    options.signal?.removeEventListener("abort", interrupt);
    await run.ended();
    log.end();
  }
}
