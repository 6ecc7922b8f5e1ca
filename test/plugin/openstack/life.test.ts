import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { execa } from "execa";
import { membersOfSession } from "../../../cli/engine/processes.ts";
import { FakeOpenStack } from "../../mock/fake-openstack.ts";
import { makeStack } from "../engine.ts";

const PROGRAM = "pulumi-resource-openstack";
const CREATE = "POST /compute/v2.1/os-keypairs";
const PAIR = "/compute/v2.1/os-keypairs/";
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqvLjEaF7wMZ0C2bB3XvT7RkzVhNnFkq3m6t1m0dXyz me@here";

describe("the plugin for OpenStack", function () {
  this.timeout(180_000);
  const cloud = new FakeOpenStack();
  let folder: string;
  let environment: Record<string, string>;
  let stack: Stack;

  before(async () => {
    await cloud.start();
    const project = { name: "plugin", runtime: { name: "nodejs", options: { typescript: false } } };
    const program = await readFile(join(import.meta.dirname, "program.ts"), "utf8");
    const login = { ...cloud.environment, OS_AUTH_URL: `${cloud.root}/identity/v3` };
    ({ folder, environment, stack } = await makeStack(project, program, { ...login, PUBLIC_KEY: KEY }));
  });
  after(async () => {
    await cloud.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const creates = (): number => cloud.asked.filter((line) => line === CREATE).length;
  const pairs = (): unknown[] => cloud.things["keypairs"] ?? [];

  it("makes nothing in a preview, one thing once, and removes it", async () => {
    assert.equal((await stack.preview()).changeSummary.create, 3); // the stack and the provider are the others
    assert.equal(creates(), 0);

    const { outputs } = await stack.up();
    const [made] = pairs() as { keypair: { name: string; public_key: string } }[];
    assert.equal(made?.keypair.public_key, KEY);
    assert.match(made.keypair.name, /^pair-[0-9a-f]{7}$/);
    assert.deepEqual([outputs["name"]?.value, outputs["fingerprint"]?.value], [made.keypair.name, "aa:bb"]);
    assert.deepEqual((await stack.up()).summary.resourceChanges, { same: 3 });
    assert.equal(creates(), 1);

    const state = await readFile(join(folder, "backend/.pulumi/stacks/plugin/test.json"), "utf8");
    assert.ok(!state.includes(cloud.password), "the password lies in the state");

    await stack.destroy();
    assert.deepEqual(pairs(), []);
  });

  it("tells a refusal in the cloud's own words, and wrong credentials", async () => {
    const words = "Quota exceeded, too many key pairs.";
    cloud.faults.push({ on: CREATE, status: 403, body: { forbidden: { message: words } } });
    await assert.rejects(stack.up(), { message: new RegExp(words) });
    cloud.password = "another";
    try {
      await assert.rejects(stack.up(), { message: /Authentication failed/ });
    } finally {
      cloud.password = "right";
    }
    assert.deepEqual(pairs(), []);
  });

  // The official one hands all of this on, or keeps silent about it.
  if (isOfficial()) return;
  it("waits when it is told to come more slowly, and makes nothing twice", async () => {
    const before = creates();
    cloud.faults.push({ on: CREATE, status: 429, headers: { "Retry-After": "1" } }, { on: CREATE, status: 429 });
    await stack.up();
    assert.equal(creates() - before, 3);
    assert.equal(pairs().length, 1);
  });

  it("looks and removes again when the service was out of order", async () => {
    cloud.faults.push({ on: `DELETE ${PAIR}`, status: 503 }, { on: `GET ${PAIR}`, status: 502 });
    await stack.refresh();
    await stack.destroy();
    assert.deepEqual(pairs(), []);
    assert.ok(cloud.faults.every(({ times }) => times === 0));
  });

  // Left alone, the Terraform provider looks at 5, 8, 14, 24 and 34 s; the fifth time we look is at 4.6 s.
  it("looks soon whether something is made, or gone", async () => {
    const path = "/network/v2.0/networks";
    const at = (line: string): number[] =>
      cloud.askedAt.filter((_, one) => cloud.asked[one]?.startsWith(line) === true);
    const thing = { id: "n1", name: "net", status: "BUILD", tags: [], subnets: [] };
    cloud.faults.push({ on: `GET ${path}/n1`, status: 200, body: { network: thing }, times: 4 });
    stack.workspace.envVars["NETWORK"] = "net";
    try {
      await stack.up();
    } finally {
      delete stack.workspace.envVars["NETWORK"];
    }
    const [made = 0] = at(`POST ${path}`);
    const fifth = (at(`GET ${path}/n1`)[4] ?? Infinity) - made;
    assert.ok(fifth < 20_000, `looked for the fifth time after ${fifth} ms`);

    await stack.up();
    assert.deepEqual(cloud.things["networks"], []);
    const [removed = 0] = at(`DELETE ${path}/n1`);
    const seen = (at(`GET ${path}/n1`).at(-1) ?? Infinity) - removed;
    assert.ok(seen < 4900, `seen to be gone ${seen} ms after its removal`);
    await stack.destroy();
  });

  it("does not repeat a create that may have been heard", async () => {
    const before = creates();
    cloud.faults.push({ on: CREATE, status: 503 });
    await assert.rejects(stack.up());
    assert.equal(creates() - before, 1);
  });

  it("tells Keystone's own words", async () => {
    cloud.password = "another";
    try {
      await assert.rejects(stack.up(), { message: /Authentication failed: The request you have made requires/ });
    } finally {
      cloud.password = "right";
    }
  });

  // The official one lives on for minutes; the command line ends it with the rest of a killed run.
  it("ends with an engine that is killed in the middle of a create", async () => {
    const before = creates();
    cloud.faults.push({ on: CREATE, delay: 150_000 });
    const engine = execa("pulumi", ["up", "--yes", "--skip-preview", "--stack", "test", "--non-interactive"], {
      cwd: folder,
      env: environment,
      detached: true,
      reject: false,
    });
    const plugins = () => membersOfSession(engine.pid ?? 0).filter(({ name }) => PROGRAM.startsWith(name));
    try {
      await until("the create is on its way", () => creates() > before);
      assert.notEqual(plugins().length, 0);
      engine.kill("SIGKILL");
      await engine;
      await until("the plugin has ended", () => plugins().length === 0);
    } finally {
      for (const { pid } of membersOfSession(engine.pid ?? 0)) process.kill(pid, "SIGKILL");
    }
  });
});

function isOfficial(): boolean {
  const origin = join(process.env["PULUMI_HOME"] ?? "", "plugins/resource-openstack-v3.15.2/origin");
  return existsSync(origin) && readFileSync(origin, "utf8").trim() === "official";
}

/** Waits until something holds, for at most 60 s. */
async function until(what: string, holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 60_000; !holds(); await pause(50))
    if (Date.now() > deadline) throw new Error(`not within 60 s: ${what}`);
}
