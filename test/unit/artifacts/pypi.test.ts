import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PypiLock } from "../../../artifacts/locks.ts";
import { ensureArtifact } from "../../../runner/artifacts/index.ts";
import { withFakePip } from "../../mock/fake-pip.ts";

/** A pip that gives the distribution of a folder, damaged as often as it is told to. */
const fakePython = `case "$*" in *--version*) exit 0 ;; esac
echo "$*" >> "$FAKE_PIP/runs"
while [ "$1" != --dest ]; do shift; done
[ -e "$FAKE_PIP/thing-1.tar.gz" ] || { echo "ERROR: No matching distribution found for $3" >&2; exit 1; }
cp "$FAKE_PIP/thing-1.tar.gz" "$2"
[ "$(wc -l < "$FAKE_PIP/runs")" -gt "$FAKE_DAMAGE" ] || echo damaged >> "$2/thing-1.tar.gz"
`;

describe("an artifact from Python's package index", () => {
  const place = withFakePip(fakePython);
  let folder: string;
  let lock: PypiLock;

  beforeEach(() => {
    folder = place();
    const source = join(folder, "thing-1");
    for (const [file, mode] of [
      ["deps/bin/run", 0o755],
      ["deps/bin/run.cmd", 0o644],
      ["deps/jars/a.jar", 0o600],
      ["deps/jars/kubernetes-a.jar", 0o644],
      ["pyspark/shell.py", 0o644],
      ["pyspark/other.py", 0o644],
    ] as const) {
      mkdirSync(join(source, file, ".."), { recursive: true });
      writeFileSync(join(source, file), file, { mode });
    }
    const tarball = join(folder, "thing-1.tar.gz");
    execFileSync("tar", ["--create", "--gzip", `--file=${tarball}`, `--directory=${folder}`, "thing-1"]);
    const bytes = readFileSync(tarball);
    const of = (algorithm: string) => createHash(algorithm).update(bytes).digest("hex");
    lock = {
      ...{ name: "tool", version: "1", from: "pypi", project: "thing" },
      ...{ size: bytes.length, sha256: of("sha256"), sha512: of("sha512") },
      take: { "deps/bin": "bin", "deps/jars": "jars", "pyspark/shell.py": "python/pyspark/shell.py" },
      drop: ["*.cmd", "*/deps/jars/kubernetes-*"],
    };
    process.env["FAKE_DAMAGE"] = "0";
  });
  afterEach(() => {
    delete process.env["FAKE_DAMAGE"];
  });

  const ensure = () =>
    ensureArtifact("tool-1-x", undefined, { store: join(folder, "store"), cache: join(folder, "cache"), lock });
  const runs = () => readFileSync(join(folder, "runs"), "utf8").trim().split("\n");

  it("is what the lock takes of it, readable by everybody, and fetched once", async () => {
    const { path: at } = await ensure();
    const files = readdirSync(at, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    assert.deepEqual(files.map((entry) => join(entry.parentPath, entry.name).slice(at.length + 1)).sort(), [
      ".inventory.json",
      "bin/run",
      "jars/a.jar",
      "python/pyspark/shell.py",
    ]);
    assert.equal(statSync(join(at, "jars/a.jar")).mode & 0o777, 0o644);
    assert.equal(statSync(join(at, "bin/run")).mode & 0o777, 0o755);
    rmSync(at, { recursive: true });
    await ensure();
    assert.equal(runs().length, 1);
  });

  it("is fetched once more, past pip's cache, when it comes damaged; and refused when it does again", async () => {
    process.env["FAKE_DAMAGE"] = "1";
    await ensure();
    assert.deepEqual(
      runs().map((run) => run.includes("--no-cache-dir")),
      [false, true],
    );
    process.env["FAKE_DAMAGE"] = "9";
    rmSync(join(folder, "cache"), { recursive: true });
    rmSync(join(folder, "store"), { recursive: true });
    await assert.rejects(ensure(), /thing 1 could not be fetched .*thing-1\.tar\.gz has \d+ bytes, must have/);
    assert.ok(!existsSync(join(folder, "store/tool-1-x")));
    assert.deepEqual(readdirSync(join(folder, "cache/artifacts/pypi")), []);
  });

  it("says in pip's words why it could not be fetched", async () => {
    rmSync(join(folder, "thing-1.tar.gz"));
    await assert.rejects(ensure(), /package index: No matching distribution found for thing==1\n/);
  });
});
