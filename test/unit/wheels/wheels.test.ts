import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureWheels, type WheelSet } from "../../../runner/wheels/wheels.ts";

const good = "a wheel";
const sha256 = createHash("sha256").update(good).digest("hex");
const set: WheelSet = {
  ...{ purpose: "a test", python: "3.11", platforms: ["any"] },
  wheels: [{ name: "resolvelib", version: "1.0.1", sha256 }],
};

/** Stands for a Python whose pip delivers, call by call, the lines of the file `deliveries`. */
const fakePython = `#!/bin/sh
case "$*" in *--version*) exit 0 ;; esac
echo "$*" >>"$FAKE_PIP/calls"
while [ $# -gt 1 ]; do
  [ "$1" = --dest ] && dest=$2
  shift
done
delivery=$(sed -n "$(wc -l <"$FAKE_PIP/calls")p" "$FAKE_PIP/deliveries")
[ -n "$delivery" ] || { echo 'ERROR: no route to the index' >&2; exit 1; }
printf %s "$delivery" >"$dest/resolvelib-any.whl"
`;

describe("ensureWheels", () => {
  let folder = "";
  const path = process.env["PATH"] ?? "";
  const ensure = (): Promise<string[]> => ensureWheels(set, join(folder, "wheels"));
  const calls = (): string[] => readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
  const deliver = (...wheels: string[]): void => writeFileSync(join(folder, "deliveries"), `${wheels.join("\n")}\n`);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "muster-wheels-test-"));
    mkdirSync(join(folder, "bin"));
    writeFileSync(join(folder, "bin/python3"), fakePython, { mode: 0o755 });
    Object.assign(process.env, { PATH: `${join(folder, "bin")}:${path}`, FAKE_PIP: folder });
  });
  afterEach(() => {
    delete process.env["FAKE_PIP"];
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true });
  });

  it("fetches by hash, once", async () => {
    deliver(good);
    const [file = ""] = await ensure();
    assert.equal(readFileSync(file, "utf8"), good);
    await ensure();
    assert.equal(calls().length, 1);
    assert.match(calls()[0] ?? "", /--require-hashes/);
  });

  it("fetches again what was damaged in the cache", async () => {
    deliver(good, good);
    const [file = ""] = await ensure();
    writeFileSync(file, "damaged");
    await ensure();
    assert.equal(readFileSync(file, "utf8"), good);
  });

  it("tries a damaged download once more, past pip's own cache", async () => {
    deliver("damaged", good);
    const [file = ""] = await ensure();
    assert.equal(readFileSync(file, "utf8"), good);
    assert.match(calls()[1] ?? "", /--no-cache-dir/);
  });

  it("refuses by name what stays damaged, or does not come", async () => {
    deliver("damaged", "damaged");
    await assert.rejects(ensure(), /could not fetch resolvelib 1\.0\.1 for a test/);
    deliver();
    await assert.rejects(ensure(), /resolvelib 1\.0\.1 .*no route to the index/);
  });
});
