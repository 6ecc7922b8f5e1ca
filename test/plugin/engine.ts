import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineEvent, OpMap, PreviewResult, UpResult } from "@pulumi/pulumi/automation/index.js";
import { CommandError, LocalWorkspace, Stack } from "@pulumi/pulumi/automation/index.js";
import { stringify } from "yaml";
import type { CommandInputs, Wanted } from "./wanted.ts";

export type { CommandInputs, Wanted } from "./wanted.ts";

/** The checkout. */
export const home = join(import.meta.dirname, "../..");

/** What one update did. */
export interface Run {
  /** How many resources were made, changed, …, by the engine's word for it; commands only. */
  changes: OpMap;
  results: Record<string, CommandResult>;
  /** By command: the lines it sent to the engine's log, in their order. */
  log: Record<string, string[]>;
}

export interface CommandResult {
  stdout: string;
  stderr: string;
  assets?: Record<string, unknown>;
  archive?: unknown;
}

/**
 * Makes a stack called `test` in a folder of its own. Needs the environment that `muster test` and `muster env` give.
 * @param project What its project file says; which program it runs is added.
 * @param variables What more stands in the environment.
 */
export async function makeStack(
  project: object,
  program: string,
  variables: Record<string, string> = {},
): Promise<{ folder: string; environment: Record<string, string>; stack: Stack }> {
  const folder = await mkdtemp(join(tmpdir(), "muster-plugin-"));
  await mkdir(join(folder, "backend"));
  await symlink(join(home, "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }\n');
  await writeFile(join(folder, "Pulumi.yaml"), stringify({ ...project, main: "program.ts" }));
  await writeFile(join(folder, "program.ts"), program);
  const environment = {
    ...variables,
    PULUMI_BACKEND_URL: `file://${join(folder, "backend")}`,
    PULUMI_CONFIG_PASSPHRASE: "conformance",
    PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true",
  };
  const workspace = await LocalWorkspace.create({ workDir: folder, envVars: environment });
  return { folder, environment, stack: await Stack.createOrSelect("test", workspace) };
}

/** A stack of command resources with a folder, a backend and a program of its own, on the engine and plugin of PATH. */
export class CommandStack {
  readonly folder: string;
  readonly environment: Record<string, string>;
  readonly #stack: Stack;

  private constructor(folder: string, environment: Record<string, string>, stack: Stack) {
    this.folder = folder;
    this.environment = environment;
    this.#stack = stack;
  }

  static async create(): Promise<CommandStack> {
    const project = { name: "plugin", runtime: { name: "nodejs", options: { typescript: false } } };
    const program = await readFile(join(import.meta.dirname, "program.ts"), "utf8");
    const { folder, environment, stack } = await makeStack(project, program);
    return new CommandStack(folder, environment, stack);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Lines of a file in the folder; none if there is no such file. */
  async lines(name: string): Promise<string[]> {
    const text = await readFile(this.path(name), "utf8").catch(() => "");
    return text.split("\n").filter((line) => line !== "");
  }

  /** Writes the program's resources without running it. */
  async want(wanted: Wanted): Promise<void> {
    await writeFile(this.path("wanted.json"), JSON.stringify(wanted));
  }

  async up(wanted: Wanted): Promise<Run> {
    await this.want(wanted);
    const events: EngineEvent[] = [];
    const done: UpResult = await this.#stack.up({ onEvent: (event) => events.push(event) });
    const results = (done.outputs["results"]?.value ?? {}) as Run["results"];
    return { changes: commandChanges(events), results, log: logOf(events) };
  }

  /** One command named `it`. */
  async upOne(args: CommandInputs): Promise<Run & { result: CommandResult }> {
    const run = await this.up({ it: { args } });
    const result = run.results["it"];
    if (result === undefined) throw new Error("the program gave no result");
    return { ...run, result };
  }

  /** An update that must fail. @returns everything that the engine printed. */
  async failingUp(wanted: Wanted): Promise<string> {
    try {
      await this.up(wanted);
    } catch (error) {
      if (error instanceof CommandError) return error.message;
      throw error;
    }
    throw new Error("the update should have failed");
  }

  async preview(wanted: Wanted): Promise<OpMap> {
    await this.want(wanted);
    const events: EngineEvent[] = [];
    const done: PreviewResult = await this.#stack.preview({ onEvent: (event) => events.push(event) });
    return done.changeSummary;
  }

  /** The stack's state as it lies in the backend, secrets encrypted. */
  async state(): Promise<string> {
    return readFile(this.path("backend/.pulumi/stacks/plugin/test.json"), "utf8");
  }

  /** Deletes everything that is in state. */
  async destroy(): Promise<void> {
    await this.#stack.destroy();
  }

  /** Commands make nothing outside the folder, so it can go as it is. */
  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

const commandType = "command:local:Command";

function commandChanges(events: EngineEvent[]): OpMap {
  const changes: OpMap = {};
  for (const { resOutputsEvent } of events) {
    if (resOutputsEvent === undefined || resOutputsEvent.planning === true) continue;
    const { op, type } = resOutputsEvent.metadata;
    if (type === commandType) changes[op] = (changes[op] ?? 0) + 1;
  }
  return changes;
}

function logOf(events: EngineEvent[]): Run["log"] {
  const log: Run["log"] = {};
  for (const { diagnosticEvent: event } of events) {
    const [type, name] = event?.urn?.split("::").slice(-2) ?? [];
    if (event !== undefined && type === commandType && name !== undefined)
      (log[name] ??= []).push(...event.message.trimEnd().split("\n"));
  }
  return log;
}
