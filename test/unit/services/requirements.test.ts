import assert from "node:assert/strict";
import { artifactId, lockOf, type WheelsLock } from "../../../artifacts/locks.ts";
import { readClusters } from "../../../plan/config/read.ts";
import { planCluster } from "../../../plan/plan-cluster.ts";
import { lockedFor, lockFileOf, readRequirements } from "../../../plan/services/python/requirements.ts";
import { mistakesOf, whereabouts } from "../plan/fixtures.ts";

const REQUIREMENTS = "ours/requirements.txt";
const base = artifactId("python-packages", "3.11", "wheels");
const added = { name: "humanize", version: "4.17.0", size: 133_715, sha256: "0".repeat(64) };

/** A cluster whose project has these files. */
const cluster = (files: Record<string, string>) => {
  const readOwn = (path: string) => {
    const text = files[path];
    if (text === undefined) throw new Error("no such file or folder");
    return [{ path: "x", executable: false, data: Buffer.from(text).toString("base64") }];
  };
  const services = { python: { requirements: REQUIREMENTS } };
  const [spec] = readClusters([{ name: "lab", kind: "pool", pools: { node: 2 }, services }], "clusters", { readOwn });
  assert.ok(spec);
  return planCluster(spec, whereabouts);
};
const lockFor = (text: string): string => {
  const { wheels, ...rest } = lockOf(base) as WheelsLock;
  return JSON.stringify({ for: lockedFor(text, base), lock: { ...rest, wheels: [...wheels, added] } });
};
const text = "Humanize >= 4 # of ours\n";

describe("requirements of the user's own", () => {
  it("are an artifact of their own with the locked set in it, and are imported by every node's check", () => {
    const plan = cluster({ [REQUIREMENTS]: text, [lockFileOf(REQUIREMENTS)]: lockFor(text) });
    const [artifact] = plan.artifacts;
    assert.ok(artifact !== undefined && artifact.id !== base);
    const lock = lockOf(artifact.id) as WheelsLock;
    assert.deepEqual(artifact.lock, lock);
    assert.ok(["humanize", "numpy"].every((name) => lock.wheels.some((wheel) => wheel.name === name)));
    assert.deepEqual(plan.checks.find(({ name }) => name === "python: imports")?.run, ["python/imports", "humanize"]);
  });

  it("are refused without a lock, with one of other requirements, and with one that is none", () => {
    const found = (files: Record<string, string>) =>
      mistakesOf(() => cluster(files)).map((mistake) => `${mistake.path}: ${mistake.found}, ${mistake.allowed}`);
    const where = "clusters[0].services.python.requirements";
    const lock = lockFileOf(REQUIREMENTS);
    const write = "write it by: ./muster lock";
    assert.deepEqual(found({}), [`${where}: "${REQUIREMENTS}", cannot be read: no such file or folder`]);
    assert.deepEqual(found({ [REQUIREMENTS]: text }), [`${where}: no ${lock} beside it, ${write}`]);
    assert.deepEqual(found({ [REQUIREMENTS]: "humanize<4\n", [lock]: lockFor(text) }), [
      `${where}: ${lock} is older than what it is for, ${write}`,
    ]);
    assert.deepEqual(found({ [REQUIREMENTS]: text, [lock]: "{}" }), [`${where}: ${lock} is no lock, ${write}`]);
  });

  it("are packages and indexes; what nodes cannot have, and credentials, are refused by line", () => {
    const hash = `--hash=sha256:${"a".repeat(64)}`;
    const good = `# ours\n--extra-index-url https://pypi.example.org/simple\n\nScikit_Image[data]>=0.25; python_version > "3"\ntabulate==0.9.0 \\\n    ${hash}\n`;
    assert.deepEqual(readRequirements(good), {
      names: ["scikit-image", "tabulate"],
      indexes: ["--extra-index-url https://pypi.example.org/simple"],
      faults: [],
    });
    for (const line of ["-r other.txt", "./ours.whl", "ours @ https://example.org/o.whl", "-e .", "--find-links x", ""])
      assert.equal(readRequirements(line).faults.length, 1, line);
    const secret = readRequirements("-i https://me:secret@example.org/\nours\n");
    assert.deepEqual([secret.faults[0]?.found, secret.indexes], ["an index with credentials", []]);
    assert.ok(!JSON.stringify(secret).includes("secret@"));
  });
});
