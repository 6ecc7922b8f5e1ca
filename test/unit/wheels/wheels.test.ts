import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureWheels, type WheelSet } from "../../../runner/wheels/wheels.ts";
import { withFakePip } from "../../mock/fake-pip.ts";

const good = "a wheel";
const sha256 = createHash("sha256").update(good).digest("hex");
const set: WheelSet = {
  ...{ purpose: "a test", python: "3.11", platforms: ["any"] },
  wheels: [{ name: "resolvelib", version: "1.0.1", sha256 }],
};

/** Stands for a Python whose pip delivers, call by call, the lines of the file `deliveries`. */
const fakePython = `case "$*" in *--version*) exit 0 ;; esac
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
  const folder = withFakePip(fakePython);
  const ensure = (): Promise<string[]> => ensureWheels(set, join(folder(), "wheels"));
  const calls = (): string[] => readFileSync(join(folder(), "calls"), "utf8").trim().split("\n");
  const deliver = (...wheels: string[]): void => writeFileSync(join(folder(), "deliveries"), `${wheels.join("\n")}\n`);

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
