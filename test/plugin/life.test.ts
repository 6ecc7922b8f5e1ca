import assert from "node:assert/strict";
import { CommandStack } from "./engine.ts";

describe("a command resource's life", function () {
  this.timeout(300_000);
  let stack: CommandStack;
  beforeEach(async () => {
    stack = await CommandStack.create();
  });
  afterEach(() => stack.remove());

  it("runs nothing in a preview, create once, and nothing when nothing changed", async () => {
    const args = { create: "echo made >> ran; echo out; echo err >&2" };
    assert.equal((await stack.preview({ it: { args } })).create, 2); // the stack itself is the other one
    assert.deepEqual(await stack.lines("ran"), []);

    const first = await stack.upOne(args);
    assert.deepEqual(first.changes, { create: 1 });
    assert.equal(first.result.stdout, "out");
    assert.equal(first.result.stderr, "err");

    const second = await stack.upOne(args);
    assert.deepEqual(second.changes, { same: 1 });
    assert.equal(second.result.stdout, "out");
    assert.deepEqual(await stack.lines("ran"), ["made"]);
  });

  it("runs update on a changed input, create again where there is no update, and nothing without either", async () => {
    const both = { create: "echo create $N", update: "echo update $N" };
    const up = async (n: string) => {
      const environment = { N: n };
      const run = await stack.up({
        both: { args: { ...both, environment } },
        one: { args: { create: both.create, environment } },
        neither: { args: { environment } },
      });
      return { changes: run.changes, printed: ["both", "one", "neither"].map((name) => run.results[name]?.stdout) };
    };
    assert.deepEqual(await up("1"), { changes: { create: 3 }, printed: ["create 1", "create 1", ""] });
    assert.deepEqual(await up("2"), { changes: { update: 3 }, printed: ["update 2", "create 2", ""] });
  });

  it("replaces on changed triggers: makes the new one, then deletes the old one as it was stored", async () => {
    const args = (n: string) => ({
      create: `echo create ${n} >> ran`,
      update: "echo update >> ran",
      delete: 'echo "delete $N" >> ran',
      environment: { N: n },
      triggers: [n, { deep: [n] }],
    });
    await stack.upOne(args("1"));
    const { changes } = await stack.upOne(args("2"));
    assert.deepEqual(changes, { "create-replacement": 1, replace: 1, "delete-replaced": 1 });
    assert.deepEqual(await stack.lines("ran"), ["create 1", "create 2", "delete 1"]);
  });

  it("deletes with the inputs in state, when the command goes and when the stack goes", async () => {
    const args = (name: string) => ({
      create: "true",
      delete: `echo "$(cat) ${name} $PULUMI_COMMAND_STDOUT" >> deleted`,
      update: "echo updated",
      stdin: `bye ${name}`,
    });
    await stack.up({ first: { args: args("none") }, second: { args: args("second") } });
    await stack.up({ first: { args: args("first") }, second: { args: args("second") } });
    const { changes } = await stack.up({ second: { args: args("second") } });
    assert.deepEqual(changes, { same: 1, delete: 1 });
    assert.deepEqual(await stack.lines("deleted"), ["bye first first updated"]);
    await stack.destroy();
    assert.deepEqual(await stack.lines("deleted"), ["bye first first updated", "bye second second "]);
  });

  it("fails with the exit code and both streams; the next update creates again", async () => {
    const args = { create: "echo tried >> ran; echo some output; echo the reason >&2; test -e allowed || exit 7" };
    const message = await stack.failingUp({ it: { args } });
    assert.match(message, /exit status 7: running "echo tried/);
    assert.match(message, /some output/);
    assert.match(message, /the reason/);

    assert.deepEqual((await stack.upOne({ create: "touch allowed" })).changes, { create: 1 });
    assert.deepEqual((await stack.upOne(args)).changes, { update: 1 });
    assert.deepEqual(await stack.lines("ran"), ["tried", "tried"]);
  });

  it("keeps the old state when an update fails, so the next update runs it again", async () => {
    const args = { create: "echo made", update: "echo tried >> ran; test -e allowed", stdin: "1" };
    await stack.upOne(args);
    const changed = { ...args, stdin: "2" };
    await stack.failingUp({ it: { args: changed } });
    const failed = await stack.failingUp({ it: { args: changed } });
    assert.match(failed, /exit status 1/);
    assert.deepEqual(await stack.lines("ran"), ["tried", "tried"]);
    assert.deepEqual((await stack.upOne(args)).changes, { same: 1 });
  });

  it("keeps the resource when its delete fails", async () => {
    await stack.upOne({ create: "true", delete: "echo tried >> ran; test -e allowed" });
    assert.match(await stack.failingUp({}), /exit status 1/);
    await stack.upOne({ create: "true", delete: "true" });
    assert.deepEqual((await stack.up({})).changes, { delete: 1 });
  });
});
