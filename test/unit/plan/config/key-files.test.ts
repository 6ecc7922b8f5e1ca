import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readKeyFile } from "../../../../stacks/config/key-files.ts";
import { configTable } from "../../../../tools/docs/config-table.ts";

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

describe("the table of config fields", () => {
  const rows = configTable().split("\n");

  it("explains every field of a cluster, its pools and its services, once", () => {
    const fields = rows.slice(2).map((row) => /^\| `([^`]+)` \| .+ \|$/.exec(row)?.[1]);
    assert.ok(
      fields.every((field) => field !== undefined),
      rows.join("\n"),
    );
    assert.equal(new Set(fields).size, fields.length);
    for (const field of [
      "pools.NAME.memory",
      "services.hdfs.replication",
      "users[].sshKeys",
      "verification.expectations[].on",
    ]) {
      assert.ok(fields.includes(field), field);
    }
  });

  it("names the default of every optional field", () => {
    const silent = rows.filter((row) => /^\| `(pools|users\[\]|versions)\./.test(row) && !/[Dd]efault/.test(row));
    assert.deepEqual(
      silent.map((row) => row.split("`")[1]),
      ["users[].name"],
    );
  });
});
