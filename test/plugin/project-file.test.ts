import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { parse, stringify } from "yaml";
import { home, makeStack } from "./engine.ts";

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
    const project = parse(await readFile(join(home, "Pulumi.yaml"), "utf8")) as Record<string, unknown>;
    delete project["backend"];
    const program = [
      'import * as pulumi from "@pulumi/pulumi";',
      'console.log(`cloud is ${new pulumi.Config("muster").get("cloud")}`);',
    ];
    const { folder, stack } = await makeStack(project, `${program.join("\n")}\n`);
    return new TellingStack(folder, stack);
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
