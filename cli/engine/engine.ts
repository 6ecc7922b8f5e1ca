import { mkdirSync } from "node:fs";
import type { EngineEvent, LocalWorkspace, OpType, Stack } from "@pulumi/pulumi/automation/index.js";
import { join } from "node:path";
import { cacheFolder, stateFolder } from "../../contract/folders.ts";
import { readProject } from "../stacks.ts";
import { engineInItsOwnSession } from "./engine-command.ts";
import { backendFolder } from "./engine-locks.ts";
import { EngineRun } from "./engine-run.ts";
import { glanceAtState } from "./recovery.ts";
import { stackFolder, writePrivateProject } from "./stack-folder.ts";

/** One resource that an update would touch, or touches. */
export interface ResourceStep {
  urn: string;
  op: OpType;
}

export interface EngineOptions {
  stack: string;
  /** Told every command as it could be typed; for `-v`. */
  say: (line: string) => void;
  /** Aborted by the first interrupt: the engine then cancels what it is doing and ends in order. */
  signal: AbortSignal;
  /** More variables for the program and its commands. */
  variables?: Record<string, string>;
}

export interface UpdateOptions {
  continueOnError: boolean;
  parallel: number;
  onEvent: (event: EngineEvent) => void;
}

/** A stack in the hands of the engine. Construct with {@link openEngine}, one at a time a stack. */
export class Engine {
  readonly run: EngineRun;
  readonly #stack: Stack;
  readonly #signal: AbortSignal;

  constructor(stack: Stack, run: EngineRun, signal: AbortSignal) {
    this.#stack = stack;
    this.run = run;
    this.#signal = signal;
  }

  /** The user wants it to end. */
  get isCancelled(): boolean {
    return this.#signal.aborted;
  }

  /** From here on the program runs with these variables too. */
  give(variables: Record<string, string>): void {
    Object.assign(this.#stack.workspace.envVars, variables);
  }

  /** What an update would do, unchanged resources left out. */
  async preview(parallel: number, onEvent?: (event: EngineEvent) => void): Promise<ResourceStep[]> {
    const steps: ResourceStep[] = [];
    const collect = (event: EngineEvent): void => {
      const step = event.resourcePreEvent?.metadata;
      if (step !== undefined && step.op !== "same") steps.push({ urn: step.urn, op: step.op });
      onEvent?.(event);
    };
    await this.#stack.preview({ color: "never", parallel, onEvent: collect, signal: this.#signal });
    return steps;
  }

  async up(options: UpdateOptions): Promise<void> {
    await this.#stack.up({ color: "never", suppressOutputs: true, signal: this.#signal, ...options });
  }

  /** Takes everything away and then forgets the stack. Machines that are gone already are no obstacle. */
  async destroy(options: UpdateOptions): Promise<void> {
    await this.#typed(["state", "unprotect", "--all", "--yes"]);
    const { parallel, onEvent, continueOnError } = options;
    await this.#stack.destroy({ color: "never", parallel, onEvent, continueOnError, signal: this.#signal });
    await this.#stack.workspace.removeStack(this.#stack.name, { preserveConfig: true });
  }

  /** Takes away some resources, by their URNs, protected or not; everything else stays as it is. */
  async remove(urns: readonly string[], options: Omit<UpdateOptions, "continueOnError">): Promise<void> {
    for (const urn of urns) await this.#typed(["state", "unprotect", urn, "--yes"]);
    await this.#stack.destroy({ color: "never", ...options, target: [...urns], signal: this.#signal });
  }

  /** Drops creates that a dead engine began: what they made is adopted by name when it is made again. */
  async clearPendingCreates(): Promise<void> {
    const target = ["**nothing"];
    await this.#stack.refresh({ color: "never", clearPendingCreates: true, target, signal: this.#signal });
  }

  /** Corrects what the state says of some resources, by their names, to what they are. */
  async look(names: readonly string[], parallel: number, onEvent: (event: EngineEvent) => void): Promise<void> {
    const target = names.map((name) => `**::${name}`);
    await this.#stack.refresh({ color: "never", target, parallel, onEvent, signal: this.#signal });
  }

  /** The secret standard output of a command resource, by the resource's name; undefined when there is none. */
  async secretOutput(resource: string): Promise<string | undefined> {
    const { stdout } = await this.#typed(["stack", "export", "--show-secrets"]);
    const { deployment } = JSON.parse(stdout) as { deployment?: { resources?: ExportedResource[] } };
    const found = deployment?.resources?.find((one) => one.urn.endsWith(`::${resource}`))?.outputs?.["stdout"];
    if (typeof found === "string") return found;
    // A secret's envelope holds its value as JSON.
    const { plaintext } = (found ?? {}) as { plaintext?: string };
    return plaintext === undefined ? undefined : (JSON.parse(plaintext) as string);
  }

  /** A command of the engine that the Automation API does not know. */
  async #typed(args: string[]): Promise<{ stdout: string }> {
    const workspace = this.#stack.workspace;
    const command = workspace.pulumiCommand as unknown as TypedCommand;
    const all = [...args, "--stack", this.#stack.name];
    return command.run(all, workspace.workDir, { ...workspace.envVars, PULUMI_HOME: workspace.pulumiHome ?? "" });
  }
}

interface TypedCommand {
  run(args: string[], cwd: string, variables: Record<string, string>): Promise<{ stdout: string }>;
}

interface ExportedResource {
  urn: string;
  outputs?: Record<string, unknown>;
}

/** The program loads as little of the SDK as the command line. As a URL, the path needs no quoting. */
const LEAN = `--import=${new URL("../../components/sdk/lean.ts", import.meta.url).href}`;

/** MiB in which V8 keeps what is new. What runs for seconds and is asked to be small has no use for its 16: 50 MiB less. */
const YOUNG = "--max-semi-space-size=1";

/** The variables that make any engine command work on Muster's own backend. Values already set by the user win. */
function engineVariables(): Record<string, string> {
  const { PULUMI_HOME: pulumiHome, PULUMI_BACKEND_URL: backend, PULUMI_CONFIG_PASSPHRASE: passphrase } = process.env;
  const passphraseFile = process.env["PULUMI_CONFIG_PASSPHRASE_FILE"] ?? join(stateFolder(), "passphrase");
  const { NODE_OPTIONS: nodeOptions = "" } = process.env;
  return {
    PULUMI_HOME: pulumiHome ?? join(cacheFolder(), "pulumi-home"),
    PULUMI_BACKEND_URL: backend ?? `file://${backendFolder()}`,
    PULUMI_SKIP_UPDATE_CHECK: "1",
    NODE_OPTIONS: [YOUNG, nodeOptions, LEAN].filter(Boolean).join(" "),
    // For the programs that command resources start: those know nothing of the SDK.
    MUSTER_NODE_OPTIONS: nodeOptions,
    ...(passphrase === undefined ? { PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile } : {}),
  };
}

/** Opens a stack, creating it in the backend when it is new. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  // Loaded here, not on top: it takes most of a second, and commands that only read do without it.
  const { LocalWorkspace, PulumiCommand } = await import("@pulumi/pulumi/automation/index.js");
  mkdirSync(backendFolder(), { recursive: true, mode: 0o700 });
  const workDir = writePrivateProject(options.stack);
  const run = new EngineRun(stackFolder(options.stack), options.say);
  const pulumiCommand = engineInItsOwnSession(await PulumiCommand.get(), run);
  const variables = engineVariables();
  const settings = { workDir, pulumiCommand, envVars: { ...variables, ...options.variables } };
  const args = { stackName: options.stack, workDir };
  const known = glanceAtState(readProject().name, options.stack).exists;
  const open = known ? selectStack : createStack;
  const stack = await open(LocalWorkspace, args, { ...settings, pulumiHome: variables["PULUMI_HOME"] ?? "" });
  return new Engine(stack, run, options.signal);
}

type Workspaces = typeof LocalWorkspace;
type Settings = Parameters<Workspaces["create"]>[0];

const selectStack = (workspaces: Workspaces, args: { stackName: string; workDir: string }, settings: Settings) =>
  workspaces.selectStack(args, settings);

const createStack = (workspaces: Workspaces, args: { stackName: string; workDir: string }, settings: Settings) =>
  workspaces.createStack(args, settings);
