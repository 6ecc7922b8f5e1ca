import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalWorkspace, Stack } from "@pulumi/pulumi/automation/index.js";
import { parse, stringify } from "yaml";

const home = join(import.meta.dirname, "../..");
const CLUSTERS = [{ name: "dev" }];

/** A stack of the project file that users have, with a program that only says what config it was given. */
class TellingStack {
  readonly #folder: string;
  readonly #stack: Stack;

  private constructor(folder: string, stack: Stack) {
    this.#folder = folder;
    this.#stack = stack;
  }

  static async create(): Promise<TellingStack> {
    const folder = await mkdtemp(join(tmpdir(), "muster-plugin-"));
    await mkdir(join(folder, "backend"));
    await symlink(join(home, "node_modules"), join(folder, "node_modules"));
    await writeFile(join(folder, "package.json"), '{ "type": "module" }\n');
    const project = parse(await readFile(join(home, "Pulumi.yaml"), "utf8")) as Record<string, unknown>;
    delete project["backend"];
    await writeFile(join(folder, "Pulumi.yaml"), stringify({ ...project, main: "program.ts" }));
    const program = [
      'import * as pulumi from "@pulumi/pulumi";',
      'console.log(`cloud is ${new pulumi.Config("muster").get("cloud")}`);',
    ];
    await writeFile(join(folder, "program.ts"), `${program.join("\n")}\n`);
    const envVars = {
      PULUMI_BACKEND_URL: `file://${join(folder, "backend")}`,
      PULUMI_CONFIG_PASSPHRASE: "conformance",
    };
    const workspace = await LocalWorkspace.create({ workDir: folder, envVars });
    return new TellingStack(folder, await Stack.createOrSelect("test", workspace));
  }

  /** What the program said with this config. */
  async told(config: Record<string, unknown>): Promise<string | undefined> {
    const file = join(this.#folder, "Pulumi.test.yaml");
    const { encryptionsalt } = parse(await readFile(file, "utf8")) as { encryptionsalt: string };
    await writeFile(file, stringify({ encryptionsalt, config }));
    const { stdout } = await this.#stack.preview();
    return /cloud is (.*)/.exec(stdout)?.[1];
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

describe("the project file", function () {
  this.timeout(120_000);
  let stack: TellingStack;
  before(async () => {
    stack = await TellingStack.create();
  });
  after(() => stack.remove());

  it("lets the engine take the cloud as a word, as a mapping, and not at all", async () => {
    const told = async (cloud: unknown) =>
      stack.told({ "muster:clusters": CLUSTERS, ...(cloud === undefined ? {} : { "muster:cloud": cloud }) });
    assert.equal(await told("local"), "local");
    assert.deepEqual(JSON.parse((await told({ name: "local", region: "x" })) ?? ""), { name: "local", region: "x" });
    assert.equal(await told(undefined), "local");
  });
});
