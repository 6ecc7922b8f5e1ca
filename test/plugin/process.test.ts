import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { execa } from "execa";
import { CommandStack } from "./engine.ts";

describe("a command resource's process", function () {
  this.timeout(300_000);
  let stack: CommandStack;
  beforeEach(async () => {
    stack = await CommandStack.create();
  });
  afterEach(() => stack.remove());

  it("gets stdin, environment, folder and interpreter", async () => {
    await mkdir(stack.path("below"));
    const { results } = await stack.up({
      stdin: { args: { create: "cat; echo end", stdin: "first\nsecond\n" } },
      noStdin: { args: { create: "cat; echo end" } },
      environment: {
        args: { create: 'echo "$GIVEN,${PATH:+inherited}"', environment: { GIVEN: "a 'quoted' $value" } },
      },
      dir: { args: { create: "basename $PWD", dir: stack.path("below") } },
      noDir: { args: { create: "pwd" } },
      interpreter: {
        args: { create: "process.stdout.write(`${process.argv.length}`)", interpreter: [process.execPath, "-e"] },
      },
      noInterpreter: { args: { create: 'echo "$0"' } },
    });
    const printed = Object.fromEntries(Object.entries(results).map(([name, { stdout }]) => [name, stdout]));
    assert.deepEqual(printed, {
      stdin: "first\nsecond\nend",
      noStdin: "end",
      environment: "a 'quoted' $value,inherited",
      dir: "below",
      noDir: stack.folder,
      interpreter: "1",
      noInterpreter: "/bin/sh",
    });
  });

  it("loses one line feed at the end of its output, no more", async () => {
    const { result } = await stack.upOne({ create: "printf ' a\\n\\n'; printf '\\nb ' >&2" });
    assert.equal(result.stdout, " a\n");
    assert.equal(result.stderr, "\nb ");
  });

  it("gets the output of the run before, unless that is switched off", async () => {
    const shown = 'echo "out:$PULUMI_COMMAND_STDOUT err:$PULUMI_COMMAND_STDERR"';
    const up = async (stdin: string) => {
      const args = { create: "echo one; echo two >&2", update: shown, stdin };
      const { results } = await stack.up({
        standard: { args },
        on: { args: { ...args, addPreviousOutputInEnv: true } },
        off: { args: { ...args, addPreviousOutputInEnv: false } },
      });
      return ["standard", "on", "off"].map((name) => results[name]?.stdout);
    };
    assert.deepEqual(await up("1"), ["one", "one", "one"]);
    assert.deepEqual(await up("2"), ["out:one err:two", "out:one err:two", "out: err:"]);
    // The failed and the empty streams of an update replace those before: stderr is empty now.
    const [standard] = await up("3");
    assert.equal(standard, "out:out:one err:two err:");
  });

  it("ends when the update is cancelled", async () => {
    await stack.want({ it: { args: { create: "echo $$ > pid; exec sleep 600" } } });
    const up = execa("pulumi", ["up", "--yes", "--skip-preview", "--stack", "test", "--non-interactive"], {
      cwd: stack.folder,
      env: stack.environment,
      reject: false,
    });
    const pid = await eventually(async () => (await stack.lines("pid"))[0]);
    up.kill("SIGINT");
    const { exitCode } = await up;
    assert.notEqual(exitCode, 0);
    assert.throws(() => process.kill(Number(pid), 0), { code: "ESRCH" });

    // Nothing was stored, so the next update creates again.
    const { changes } = await stack.upOne({ create: "echo again" });
    assert.deepEqual(changes, { create: 1 });
  });
});

/** Asks until there is an answer, for at most 30 s. */
async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await pause(100);
  }
  throw new Error("no answer within 30 s");
}
