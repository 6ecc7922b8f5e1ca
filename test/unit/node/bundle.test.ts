import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";

const NODE = join(import.meta.dirname, "../../../runner/node");

/** Puts what comes by stdin where bundles are in this folder. */
const PUT = `
import os, sys
sys.path.insert(0, sys.argv[1])
import later
sys.modules["muster_later"] = later
import state
os.umask(0o022)
state.BUNDLES = sys.argv[2]
state.put_bundle({"bundle": "b", "sha256": sys.argv[3]}, sys.stdin.buffer.read())
`;

describe("a bundle on a node", () => {
  let folder: string;
  let content: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "muster-bundle-"));
    content = join(folder, "content");
    mkdirSync(join(content, "bin"), { recursive: true });
    mkdirSync(join(content, "roles/base"), { recursive: true });
    writeFileSync(join(content, "bin/prepare"), "#!/bin/sh\n");
    chmodSync(join(content, "bin/prepare"), 0o755);
    writeFileSync(join(content, "roles/base/é.yml"), "x".repeat(100_000));
    writeFileSync(join(content, "roles/empty"), "");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const packed = (...more: string[]): Buffer =>
    execFileSync("tar", ["--create", "--gzip", "--format=ustar", ...more, "--directory", content, "."]);
  const put = (archive: Buffer, sha256 = createHash("sha256").update(archive).digest("hex")) =>
    spawnSync("python3", ["-IBc", PUT, NODE, join(folder, "bundles"), sha256], { input: archive, encoding: "utf8" });
  const laid = (): string[] => (existsSync(join(folder, "bundles")) ? readdirSync(join(folder, "bundles")) : []);

  it("is laid out whole, for everybody to read, programs as programs; leftovers go", () => {
    mkdirSync(join(folder, "bundles/.new-cut-off/bin"), { recursive: true });
    assert.equal(put(packed()).stderr, "");
    assert.deepEqual(laid(), ["b"]);
    const bundle = join(folder, "bundles/b");
    const mode = (path: string): string => (statSync(join(bundle, path)).mode & 0o777).toString(8);
    assert.deepEqual([".", "roles/base", "bin/prepare", "roles/base/é.yml"].map(mode), ["755", "755", "755", "644"]);
    assert.equal(readFileSync(join(bundle, "roles/base/é.yml"), "utf8"), "x".repeat(100_000));
    assert.equal(readFileSync(join(bundle, "roles/empty"), "utf8"), "");
    writeFileSync(join(bundle, "own"), "");
    assert.equal(put(packed()).stderr, "");
    assert.ok(existsSync(join(bundle, "own")), "what is there stays");
  });

  const bad: Record<string, [RegExp, () => [Buffer, string?]]> = {
    "arrived damaged": [
      /ValueError: the bundle arrived damaged: sha256 [0-9a-f]{64}, wanted 00/,
      () => [packed(), "00"],
    ],
    "was cut off before it was hashed": [/incomplete|truncated|Error/, () => [packed().subarray(0, -20)]],
    "holds a link": [
      /the bundle's \.\/link is neither a file nor a folder/,
      () => {
        symlinkSync("/etc", join(content, "link"));
        return [packed()];
      },
    ],
    "holds a file that leaves it": [
      /\.\.\/\.\.\/escaped leaves its folder/,
      () => {
        writeFileSync(join(content, "escaped"), "");
        return [packed("--transform=s,^./escaped$,../../escaped,", "--absolute-names")];
      },
    ],
    "is half an archive": [/Error/, () => [gzipSync(gunzipSync(packed()).subarray(0, 60_000))]],
  };
  for (const [what, [reason, make]] of Object.entries(bad))
    it(`that ${what} is refused, and leaves nothing`, () => {
      assert.match(put(...make()).stderr, reason);
      assert.deepEqual(laid(), []);
      assert.ok(!existsSync(join(folder, "escaped")));
    });
});
