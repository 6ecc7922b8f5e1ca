import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MavenLock } from "../../../artifacts/locks.ts";
import { ensureArtifact } from "../../../runner/artifacts/index.ts";

/** A Maven that copies from a folder what the project asks for, and damages the first copies when told to. */
const fakeMaven = `#!/usr/bin/env python3
import os, re, shutil, sys
here = os.environ["FAKE_MAVEN"]
with open(here + "/runs", "a") as log: log.write("run\\n")
runs = len(open(here + "/runs").readlines())
repository = next(a for a in sys.argv if a.startswith("-Dmaven.repo.local=")).split("=", 1)[1]
project = open("pom.xml").read()
for group, artifact, version, classifier in re.findall(
    "<dependency><groupId>(.*?)</groupId><artifactId>(.*?)</artifactId><version>(.*?)</version>(?:<classifier>(.*?)</classifier>)?<exclusions>", project):
    name = f"{artifact}-{version}" + (f"-{classifier}" if classifier else "") + ".jar"
    source = f"{here}/jars/{name}"
    if not os.path.exists(source):
        sys.exit("[ERROR] Could not find artifact " + name)
    folder = os.path.join(repository, *group.split("."), artifact, version)
    if os.path.exists(os.path.join(folder, name)): continue
    with open(here + "/fetched", "a") as log: log.write(name + "\\n")
    os.makedirs(folder, exist_ok=True)
    shutil.copy(source, folder)
    if runs <= int(os.environ["FAKE_DAMAGE"]):
        open(os.path.join(folder, name), "w").write("damaged")
`;

describe("an artifact from Maven", () => {
  let folder: string;
  const path = process.env.PATH;
  const hashes = (file: string) => {
    const bytes = readFileSync(file);
    const of = (algorithm: string) => createHash(algorithm).update(bytes).digest("hex");
    return { size: bytes.length, sha256: of("sha256"), sha512: of("sha512") };
  };
  let lock: MavenLock;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "muster-maven-"));
    mkdirSync(join(folder, "bin"));
    mkdirSync(join(folder, "jars"));
    writeFileSync(join(folder, "bin/mvn"), fakeMaven, { mode: 0o755 });
    writeFileSync(join(folder, "jars/a-1.jar"), "first");
    writeFileSync(join(folder, "jars/n-2-linux-x86_64.jar"), "second");
    const zip =
      "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1], 'w')\nz.writestr('webapps/hdfs/index.html', 'page')\nz.writestr('other', 'x')";
    execFileSync("python3", ["-c", zip, join(folder, "jars/pages-3.jar")]);
    const jar = (coordinates: string, file: string) => ({ coordinates, ...hashes(join(folder, "jars", file)) });
    lock = {
      name: "thing",
      version: "1",
      from: "maven",
      jars: [jar("org.a:a:1", "a-1.jar"), jar("org.n:n:2:linux-x86_64", "n-2-linux-x86_64.jar")],
      unpack: [{ ...jar("org.p:pages:3", "pages-3.jar"), prefix: "webapps/", to: "web/webapps" }],
    };
    Object.assign(process.env, { PATH: `${join(folder, "bin")}:${path}`, FAKE_MAVEN: folder, FAKE_DAMAGE: "0" });
  });
  afterEach(() => {
    process.env.PATH = path;
    delete process.env.FAKE_MAVEN;
    delete process.env.FAKE_DAMAGE;
    rmSync(folder, { recursive: true });
  });

  const ensure = () =>
    ensureArtifact("thing-1-x", undefined, { store: join(folder, "store"), cache: join(folder, "cache"), lock });
  const runs = () => readFileSync(join(folder, "runs"), "utf8").trim().split("\n").length;

  it("is laid out with the locked jars and the unpacked pages only", async () => {
    const { path: at } = await ensure();
    assert.deepEqual(readdirSync(join(at, "lib")).sort(), ["a-1.jar", "n-2-linux-x86_64.jar"]);
    assert.deepEqual(readdirSync(join(at, "web/webapps"), { recursive: true }).sort(), ["hdfs", "hdfs/index.html"]);
    await ensure();
    assert.equal(runs(), 1);
  });

  it("is fetched again once when a jar is damaged", async () => {
    process.env.FAKE_DAMAGE = "1";
    await ensure();
    assert.equal(runs(), 2);
  });

  it("in Maven's own repository is not believed when it changed there, and may still come damaged once", async () => {
    const { path: at } = await ensure();
    rmSync(at, { recursive: true });
    writeFileSync(join(folder, "cache/artifacts/maven/repository/org/a/a/1/a-1.jar"), "fir");
    rmSync(join(folder, "fetched"));
    process.env.FAKE_DAMAGE = "2";
    await ensure();
    assert.equal(readFileSync(join(at, "lib/a-1.jar"), "utf8"), "first");
    // Only what was damaged, and nothing a third time.
    assert.equal(readFileSync(join(folder, "fetched"), "utf8"), "a-1.jar\na-1.jar\n");
  });

  it("is refused by the jar's name when it stays damaged", async () => {
    process.env.FAKE_DAMAGE = "9";
    await assert.rejects(ensure(), /3 files from the Maven registry[\s\S]*org\.a:a:1 has 7 bytes, must have 5/);
    assert.deepEqual(readdirSync(join(folder, "store")), []);
  });

  it("tells Maven's own reason", async () => {
    rmSync(join(folder, "jars/a-1.jar"));
    await assert.rejects(ensure(), /Maven could not fetch[\s\S]*Could not find artifact a-1\.jar/);
  });

  it("says what to install when there is no Maven", async () => {
    process.env.PATH = join(folder, "jars");
    await assert.rejects(ensure(), /Maven \(mvn\) is not installed/);
  });
});
