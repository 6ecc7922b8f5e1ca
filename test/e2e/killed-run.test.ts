import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { membersOfSession } from "../../cli/engine/processes.ts";
import { isAlive, type ProcessId, statusOf } from "../../runner/process/proc.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const WORKERS = 3;

const program = `import { local } from "@pulumi/command";
for (let n = 1; n <= ${WORKERS}; n++) {
  new local.Command("worker-" + n, { create: process.env.TOY_COMMAND, addPreviousOutputInEnv: false }, { ignoreChanges: ["create"] });
}
`;

/** What is left of a run whose engine and command line were killed, and how the next run deals with it. */
describe("a run that was killed", function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), "muster-killed-"));
  const home = join(folder, "project");
  const state = join(folder, "state", "muster");
  const record = join(state, "engine", "toy", "toy", "run.json");
  const locks = join(state, "backend", ".pulumi", "locks", "organization", "toy", "toy");

  before(() => {
    mkdirSync(join(home, "stacks"), { recursive: true });
    mkdirSync(state, { recursive: true, mode: 0o700 });
    symlinkSync(join(repository, "node_modules"), join(home, "node_modules"));
    const runtime = "runtime: { name: nodejs, options: { typescript: false } }";
    writeFileSync(join(home, "Pulumi.yaml"), `name: toy\n${runtime}\nmain: stacks/index.ts\n`);
    writeFileSync(join(home, "Pulumi.toy.yaml"), "config: {}\n");
    const { dependencies } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    writeFileSync(join(home, "package.json"), JSON.stringify({ type: "module", dependencies }));
    writeFileSync(join(home, "stacks", "index.ts"), program);
    writeFileSync(join(state, "passphrase"), "a test's\n", { mode: 0o600 });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const start = (command: string): { child: ChildProcess; ended: Promise<{ code: number | null; told: string }> } => {
    const env: NodeJS.ProcessEnv = { ...process.env, MUSTER_HOME: home, XDG_STATE_HOME: join(folder, "state") };
    env["TOY_COMMAND"] = command;
    delete env["PULUMI_BACKEND_URL"];
    delete env["PULUMI_CONFIG_PASSPHRASE_FILE"];
    const child = spawn(process.execPath, [join(repository, "test", "e2e", "toy-up.ts")], { env });
    let told = "";
    child.stderr.on("data", (data: Buffer) => void (told += data.toString()));
    const ended = new Promise<{ code: number | null; told: string }>((resolve) =>
      child.once("close", (code) => resolve({ code, told })),
    );
    return { child, ended };
  };
  const lockFiles = (): string[] => (existsSync(locks) ? readdirSync(locks) : []);

  /** Starts a run and waits until all its commands are under way; returns the engine. */
  async function underWay(command = "sleep 300"): Promise<{ run: ReturnType<typeof start>; engine: ProcessId }> {
    const run = start(command);
    const deadline = Date.now() + 60_000;
    for (;;) {
      assert.ok(Date.now() < deadline, "the commands did not start");
      const text = existsSync(record) ? readFileSync(record, "utf8") : "";
      const engine = text.endsWith("}") ? (JSON.parse(text) as ProcessId) : undefined;
      if (engine !== undefined && isAlive(engine) && sleepers(engine.pid).length >= WORKERS) return { run, engine };
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  const sleepers = (session: number): ProcessId[] =>
    membersOfSession(session).filter(({ pid }) => commandLine(pid).startsWith("sleep\0"));

  it("leaves a lock, plug-ins and unfinished creates; the next run clears them and ends well", async () => {
    const { run, engine } = await underWay();
    run.child.kill("SIGKILL");
    process.kill(engine.pid, "SIGKILL");
    await run.ended;
    while (statusOf(engine.pid) !== undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(lockFiles().filter((name) => name.endsWith(".json")).length, 1);
    assert.ok(membersOfSession(engine.pid).length > 0);

    const { code, told } = await start("true").ended;
    assert.equal(code, 0, told);
    assert.match(told, /ending \d+ processes that a killed run left behind/);
    assert.match(told, /clearing the lock of a dead process/);
    assert.match(told, new RegExp(`its ${WORKERS} unfinished creates are begun again`));
    assert.deepEqual(membersOfSession(engine.pid), []);
    assert.deepEqual(lockFiles(), []);
    const file = join(state, "backend", ".pulumi", "stacks", "toy", "toy.json");
    const { checkpoint } = JSON.parse(readFileSync(file, "utf8")) as { checkpoint: { latest: State } };
    assert.deepEqual(checkpoint.latest.pending_operations ?? [], []);
    assert.equal(checkpoint.latest.resources.filter((one) => one.type === "command:local:Command").length, WORKERS);
  });

  it("by a terminal that is closed, told more than once, ends in order, and leaves no process and no lock", async () => {
    writeFileSync(join(home, "stacks", "index.ts"), program.replaceAll("worker-", "closed-"));
    // In place of its shell, so that it ends when the engine's plug-in ends the shell, as the runner does.
    const { run, engine } = await underWay("exec sleep 300");
    run.child.kill("SIGHUP");
    await new Promise((resolve) => setTimeout(resolve, 100));
    run.child.kill("SIGHUP");
    const { code, told } = await run.ended;
    assert.equal(code, 1, told);
    assert.match(told, /cancelling in order/);
    assert.doesNotMatch(told, /ending everything now/);
    assert.deepEqual(membersOfSession(engine.pid), []);
    assert.deepEqual(lockFiles(), []);
  });

  it("by two interrupts ends at once, and leaves no process and no lock", async () => {
    writeFileSync(join(home, "stacks", "index.ts"), program.replaceAll("worker-", "other-"));
    const { run, engine } = await underWay();
    run.child.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 500));
    run.child.kill("SIGINT");
    const { code, told } = await run.ended;
    assert.notEqual(code, 0);
    assert.match(told, /cancelling in order/);
    assert.deepEqual(membersOfSession(engine.pid), []);
    assert.deepEqual(lockFiles(), []);
  });
});

interface State {
  resources: { type: string }[];
  pending_operations?: unknown[];
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
