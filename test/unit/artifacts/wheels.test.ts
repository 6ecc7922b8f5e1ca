import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { artifactId, lockOf, type WheelsLock } from "../../../artifacts/locks.ts";
import { ensureArtifact } from "../../../runner/artifacts/index.ts";
import { withFakePip } from "../../mock/fake-pip.ts";

/** A pip that gives the wheels of a folder; everything else is done by the system's Python. */
const fakePython = `case "$*" in *"pip download"*) ;; *) exec /usr/bin/python3 "$@" ;; esac
echo "$*" >>"$FAKE_PIP/runs"
while [ "$1" != --dest ]; do shift; done
cp "$FAKE_PIP"/*.whl "$2"
`;

const FILES = { "thing/__init__.py": "WORD = 'good'\n", "thing/tests/test_it.py": "", "thing/core/tests/a.py": "" };

describe("an artifact of wheels", () => {
  const place = withFakePip(fakePython);
  let folder: string;
  let lock: WheelsLock;
  const ownPython = execFileSync("/usr/bin/python3", ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]);

  beforeEach(() => {
    folder = place();
    for (const [file, text] of Object.entries(FILES)) {
      mkdirSync(join(folder, "content", file, ".."), { recursive: true });
      writeFileSync(join(folder, "content", file), text, { mode: 0o600 });
    }
    const wheel = join(folder, "thing-1-py3-none-any.whl");
    execFileSync("/usr/bin/python3", ["-m", "zipfile", "-c", wheel, "thing"], { cwd: join(folder, "content") });
    const bytes = readFileSync(wheel);
    lock = {
      ...{ name: "packages", version: "3", from: "wheels", python: ownPython.toString().trim(), platforms: ["any"] },
      ...{ machine: "x86_64", unpacked: 100, drop: ["**/tests"] },
      wheels: [
        { name: "thing", version: "1", size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") },
      ],
    };
  });

  const ensure = () =>
    ensureArtifact("packages-3-x", undefined, { store: join(folder, "store"), cache: join(folder, "cache"), lock });

  it("is one site-packages that a Python imports from, compiled, for everybody to read, without tests", async () => {
    const { path: made } = await ensure();
    const site = join(made, "site-packages");
    assert.deepEqual(readdirSync(join(site, "thing")).sort(), ["__init__.py", "__pycache__", "core"]);
    assert.deepEqual(readdirSync(join(site, "thing/core")), []);
    assert.equal(statSync(join(site, "thing/__init__.py")).mode & 0o777, 0o644);
    const word = execFileSync("/usr/bin/python3", ["-B", "-c", "import thing; print(thing.WORD)"], {
      env: { PYTHONPATH: site },
    });
    assert.equal(word.toString(), "good\n");
  });

  it("is what its files say, whenever they were written: the time of a file is no reason to compile it again", async () => {
    const { path: made } = await ensure();
    const [compiled = ""] = readdirSync(join(made, "site-packages/thing/__pycache__"));
    // PEP 552: the second word tells how a compiled file is compared with its source; 1: not at all.
    assert.equal(readFileSync(join(made, "site-packages/thing/__pycache__", compiled)).readUInt32LE(4), 1);
  });

  it("is not compiled where this machine's Python is another one", async () => {
    lock.python = "3.1";
    const { path: made } = await ensure();
    assert.ok(!existsSync(join(made, "site-packages/thing/__pycache__")));
  });

  it("is fetched once", async () => {
    const { path: made } = await ensure();
    rmSync(made, { recursive: true });
    await ensure();
    assert.equal(readFileSync(join(folder, "runs"), "utf8").trim().split("\n").length, 1);
  });

  it("is refused when a wheel is not what the lock says", async () => {
    lock.wheels = lock.wheels.map((wheel) => ({ ...wheel, sha256: "0".repeat(64) }));
    await assert.rejects(ensure(), /could not fetch thing 1 for packages 3/);
    assert.deepEqual(readdirSync(join(folder, "store")), []);
  });

  it("of scientific packages is locked, with what the checks import", () => {
    const found = lockOf(artifactId("python-packages", "3.11", "wheels"));
    assert.ok(found.from === "wheels");
    const names = found.wheels.map((wheel) => wheel.name);
    for (const name of ["numpy", "scipy", "pandas", "scikit-learn", "pyarrow"]) assert.ok(names.includes(name), name);
  });
});
