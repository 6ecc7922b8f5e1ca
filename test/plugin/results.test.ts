import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CommandStack } from "./engine.ts";

/** The official plugin hangs on a logged line of more than 64 KiB; ours must not. */
const isOfficial = async (): Promise<boolean> => {
  const origin = join(process.env["PULUMI_HOME"] ?? "", "plugins/resource-command-v1.2.1/origin");
  return (await readFile(origin, "utf8").catch(() => "official")).trim() === "official";
};

describe("a command resource's results", function () {
  this.timeout(300_000);
  let stack: CommandStack;
  beforeEach(async () => {
    stack = await CommandStack.create();
  });
  afterEach(() => stack.remove());

  it("keeps secret inputs and declared outputs out of the stored state", async () => {
    const secret = "very-secret-4711";
    const args = { create: 'cat; cat >&2 <<< "$S"', interpreter: ["/bin/bash", "-c"], stdin: secret };
    const { results } = await stack.up({
      it: {
        args: { ...args, environment: { S: secret }, logging: "none" },
        secrets: ["stdin", "environment"],
        secretOutputs: ["stdout", "stderr"],
      },
    });
    assert.equal(results["it"]?.stdout, secret);
    assert.equal(results["it"].stderr, secret);
    assert.ok(!(await stack.state()).includes(secret));
  });

  it("shows the streams that logging names, as lines, and returns both", async () => {
    const create = "echo to-out; echo to-err >&2";
    const { log, results } = await stack.up({
      stdout: { args: { create, logging: "stdout" } },
      stderr: { args: { create, logging: "stderr" } },
      both: { args: { create, logging: "stdoutAndStderr" } },
      none: { args: { create, logging: "none" } },
      unsaid: { args: { create } },
    });
    for (const { stdout, stderr } of Object.values(results)) assert.equal(`${stdout} ${stderr}`, "to-out to-err");
    for (const lines of Object.values(log)) lines.sort();
    assert.deepEqual(log, {
      stdout: ["to-out"],
      stderr: ["to-err"],
      both: ["to-err", "to-out"],
      unsaid: ["to-err", "to-out"],
    });
  });

  it("returns output of any length", async () => {
    const create = "head -c 300000 /dev/zero | tr '\\0' x; echo; echo end";
    const logging = (await isOfficial()) ? "none" : "stdout";
    const { result, log } = await stack.upOne({ create, logging });
    assert.equal(result.stdout.length, 300_004);
    assert.equal((log["it"] ?? []).join("").length, logging === "none" ? 0 : 300_003);
  });

  it("returns the files that globs name and none that they exclude", async () => {
    const paths = ["made/**.txt", "!made/secret*"];
    await stack.upOne({
      create: "mkdir -p made/deep && touch made/a.txt made/deep/b.txt made/secret.txt made/c.bin",
      assetPaths: paths,
      archivePaths: paths,
    });
    const { resources } = (JSON.parse(await stack.state()) as { checkpoint: Checkpoint }).checkpoint.latest;
    const outputs = resources.find(({ type }) => type === "command:local:Command")?.outputs;
    assert.deepEqual(Object.keys(outputs?.assets ?? {}).sort(), ["made/a.txt", "made/deep/b.txt"]);
    assert.deepEqual(Object.keys(outputs?.archive?.assets ?? {}).sort(), ["made/a.txt", "made/deep/b.txt"]);
  });
});

interface Checkpoint {
  latest: { resources: StoredResource[] };
}

interface StoredResource {
  type: string;
  outputs?: { assets?: Record<string, unknown>; archive?: { assets?: Record<string, unknown> } };
}
