import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readKeyFile } from "../../../../stacks/config/key-files.ts";

describe("key files", () => {
  const folder = mkdtempSync(join(tmpdir(), "muster-keys-"));
  const home = process.env["HOME"];
  after(() => {
    process.env["HOME"] = home;
    rmSync(folder, { recursive: true });
  });

  it("are read by whole path or from the operator's home", () => {
    writeFileSync(join(folder, "id.pub"), "ssh-ed25519 AAAA");
    process.env["HOME"] = folder;
    assert.equal(readKeyFile(join(folder, "id.pub")), "ssh-ed25519 AAAA");
    assert.equal(readKeyFile("~/id.pub"), "ssh-ed25519 AAAA");
  });

  it("are refused with a reason that completes a sentence", () => {
    assert.throws(() => readKeyFile(join(folder, "none.pub")), /^Error: no such file$/);
    assert.throws(() => readKeyFile(folder), /^Error: not a file$/);
    assert.throws(() => readKeyFile("~bob/id.pub"), /other users' homes/);
    writeFileSync(join(folder, "large"), "x".repeat(70_000));
    assert.throws(() => readKeyFile(join(folder, "large")), /too large/);
  });
});
