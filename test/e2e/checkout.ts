import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ClusterStatus } from "../../cli/status.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const LEFT_OUT = new Set(["node_modules", ".git", "coverage"]);

export interface Printed {
  stdout: string;
  stderr: string;
  code: number;
}

/** A command that runs. */
export interface Started {
  child: ChildProcess;
  ended: Promise<Printed>;
}

/**
 * A copy of the project as a user has it: its own stacks, home and state. The cache is the real one, because filling it
 * is the entry's business and takes minutes.
 */
export class Checkout {
  readonly folder: string;
  readonly state: string;
  /** A name that no other run of these tests uses at the same time: at most 7 characters. */
  readonly name = `e${randomBytes(3).toString("hex")}`;

  /** @param place What the name of its folder begins with. */
  constructor(place = "muster-e2e-") {
    this.folder = mkdtempSync(join(tmpdir(), place));
    this.state = join(this.folder, "home", "state", "muster");
    const project = join(this.folder, "muster");
    cpSync(repository, project, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
    symlinkSync(join(repository, "node_modules"), join(project, "node_modules"));
    cpSync(join(repository, "Pulumi.yaml"), join(project, "Pulumi.yaml"));
  }

  path(...parts: string[]): string {
    return join(this.folder, "muster", ...parts);
  }

  writeStack(stack: string, yaml: string): void {
    writeFileSync(this.path(`Pulumi.${stack}.yaml`), yaml);
  }

  readStack(stack: string): string {
    return readFileSync(this.path(`Pulumi.${stack}.yaml`), "utf8");
  }

  /** The id of a cluster of this checkout: `<project>.<stack>.<cluster>`. */
  clusterId = (stack: string, cluster: string): string => `muster.${stack}.${cluster}`;

  /** A file or folder of a cluster in the state folder. */
  clusterPath(stack: string, cluster: string, ...parts: string[]): string {
    return join(this.state, "clusters", this.clusterId(stack, cluster), ...parts);
  }

  /** What a user of this checkout has in the environment. */
  variables(): NodeJS.ProcessEnv {
    const { XDG_CACHE_HOME: cache, PATH: path } = process.env;
    return {
      PATH: path,
      HOME: join(this.folder, "home"),
      LANG: "C.UTF-8",
      XDG_STATE_HOME: join(this.folder, "home", "state"),
      XDG_CACHE_HOME: cache ?? join(homedir(), ".cache"),
      // It knows files by their paths, and those of this checkout never come again.
      NODE_COMPILE_CACHE: join(this.folder, "compiled"),
    };
  }

  /** Starts `./muster …` as a user would, without a terminal. */
  start(args: readonly string[], more: Record<string, string> = {}): Started {
    return this.#run(["./muster", ...args], more);
  }

  /** Runs plain `pulumi …` to its end, in the environment that `./muster env` prints. */
  pulumi(...args: string[]): Promise<Printed> {
    return this.#run(["sh", "-c", 'eval "$(./muster env)" && exec pulumi "$@"', "sh", ...args]).ended;
  }

  #run(argv: readonly string[], more: Record<string, string> = {}): Started {
    const [program = "", ...args] = argv;
    const child = spawn(program, args, {
      cwd: this.path(),
      env: { ...this.variables(), ...more },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const printed = { stdout: "", stderr: "" };
    child.stdout.on("data", (data: Buffer) => void (printed.stdout += data.toString()));
    child.stderr.on("data", (data: Buffer) => void (printed.stderr += data.toString()));
    const ended = new Promise<Printed>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ ...printed, code: code ?? -1 }));
    });
    return { child, ended };
  }

  /** Runs `./muster …` to its end with other or more variables. */
  musterWith(variables: Record<string, string>, ...args: string[]): Promise<Printed> {
    return this.start(args, variables).ended;
  }

  /** Runs `./muster …` to its end. */
  muster(...args: string[]): Promise<Printed> {
    return this.start(args).ended;
  }

  /** Runs `./muster COMMAND …` to its end on the stack that is called as the checkout. */
  onStack(command: string, ...args: string[]): Promise<Printed> {
    return this.muster(command, "--stack", this.name, ...args);
  }

  /** Runs `./muster up --yes` on that stack and expects its exit code. */
  async up(code = 0): Promise<Printed> {
    return expectCode(await this.onStack("up", "--yes"), code);
  }

  /** How a cluster of that stack stands, by `./muster status`. */
  async status(cluster = this.name): Promise<ClusterStatus> {
    const printed = await this.onStack("status", "--json");
    if (printed.stdout === "") throw new Error(`status told nothing\n--- stderr\n${printed.stderr}`);
    const told = JSON.parse(printed.stdout) as ClusterStatus | ClusterStatus[];
    const clusters = Array.isArray(told) ? told : [told];
    const found = clusters.find((one) => one.cluster === cluster);
    if (found !== undefined) return found;
    throw new Error(`status knows no ${cluster}, only ${clusters.map((one) => one.cluster).join(", ")}`);
  }

  /** Takes away whatever is still there, then the checkout itself. */
  async remove(...stacks: string[]): Promise<void> {
    for (const stack of stacks) {
      if (existsSync(this.state)) await this.muster("down", "--stack", stack, "--yes", "--delete-data");
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Fails with everything a command printed, so that a failed run in CI can be understood. */
export function expectCode(printed: Printed, code: number): Printed {
  if (printed.code === code) return printed;
  throw new Error(
    `exit code ${printed.code}, expected ${code}\n--- stdout\n${printed.stdout}\n--- stderr\n${printed.stderr}`,
  );
}
