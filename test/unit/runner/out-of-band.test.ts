import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keysOutOfBand } from "../../../runner/ssh/out-of-band.ts";

describe("host keys by the cloud's own tool", () => {
  const folder = mkdtempSync(join(tmpdir(), "muster-keys-"));
  const tool = join(folder, "tool");
  after(() => rmSync(folder, { recursive: true }));

  /** A tool that notes what it is asked, and answers for each machine. */
  function answerBy(script: string): void {
    rmSync(join(folder, "asked"), { force: true });
    writeFileSync(tool, `#!/bin/sh\necho "$@" >>"${folder}/asked"\nfor machine; do\n${script}\ndone\n`);
    chmodSync(tool, 0o755);
  }
  const asked = (): string[] => readFileSync(join(folder, "asked"), "utf8").trim().split("\n");

  it("are asked for together, and each gets its own", async () => {
    answerBy(`printf '{"machine":"%s","keys":["ssh-ed25519 key-of-%s"]}\\n' "$machine" "$machine"`);
    const keys = await Promise.all(["a", "b", "c"].map((machine) => keysOutOfBand([tool], machine)));
    assert.deepEqual(
      keys,
      ["a", "b", "c"].map((machine) => [`ssh-ed25519 key-of-${machine}`]),
    );
    assert.deepEqual(asked(), ["a b c"]);
    await keysOutOfBand([tool], "a");
    assert.deepEqual(asked(), ["a b c", "a"], "what is asked later is asked anew");
  });

  it("that one machine has not made yet keep no other from its own", async () => {
    answerBy(
      `[ $machine = b ] && echo '{"machine":"b","reason":"b is not there"}' || echo '{"machine":"a","keys":["ssh-ed25519 a"]}'`,
    );
    const [one, other] = await Promise.allSettled([keysOutOfBand([tool], "a"), keysOutOfBand([tool], "b")]);
    assert.deepEqual(one, { status: "fulfilled", value: ["ssh-ed25519 a"] });
    assert.match(String(other.status === "rejected" && other.reason), /b is not there/);
  });

  it("of a tool that fails are told in its own words, and asked for again", async () => {
    answerBy("echo 'no cloud today' >&2; exit 1");
    await assert.rejects(keysOutOfBand([tool], "a"), /no cloud today/);
    answerBy(`echo '{"machine":"a","keys":["ssh-ed25519 a"]}'`);
    assert.deepEqual(await keysOutOfBand([tool], "a"), ["ssh-ed25519 a"]);
  });
});
