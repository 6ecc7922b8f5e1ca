import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { bundleHash, bundleSources } from "../../../contract/bundle-sources.ts";

describe("bundleHash", () => {
  let root = "";
  const write = (path: string, content: string, mode = 0o644): void => {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode);
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "muster-bundle-test-"));
    write("roles/site.yml", "a");
    write("roles/kit.lock.json", "{}");
    write("runner/node/bin/prepare", "b", 0o755);
    write("runner/node/lib/muster_node/dns.py", "c");
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("covers roles, programs, library and kit, each at its place in the bundle", () => {
    const found = bundleSources(root).map(({ path, executable }) => `${path}${executable ? "*" : ""}`);
    assert.deepEqual(found, ["bin/prepare*", "lib/muster_node/dns.py", "roles/kit.lock.json", "roles/site.yml"]);
  });

  it("is the same for the same content, whatever the order of making and the umask", () => {
    const before = bundleHash(root);
    rmSync(join(root, "roles"), { recursive: true });
    write("roles/kit.lock.json", "{}", 0o600);
    write("roles/site.yml", "a", 0o664);
    assert.equal(bundleHash(root), before);
  });

  it("does not depend on documentation or compiled Python", () => {
    const before = bundleHash(root);
    write("roles/README.md", "words");
    write("roles/plugins/action/__pycache__/x.cpython-311.pyc", "code");
    assert.equal(bundleHash(root), before);
  });

  const changes: Record<string, () => void> = {
    "a changed role": () => write("roles/site.yml", "A"),
    "a changed kit": () => write("roles/kit.lock.json", '{"a":1}'),
    "a file more": () => write("roles/base/tasks/main.yml", ""),
    "a file less": () => rmSync(join(root, "runner/node/lib/muster_node/dns.py")),
    "a program that is no longer one": () => chmodSync(join(root, "runner/node/bin/prepare"), 0o644),
    "content that moved": () => {
      rmSync(join(root, "roles/site.yml"));
      write("roles/other.yml", "a");
    },
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`differs for ${what}`, () => {
      const before = bundleHash(root);
      change();
      assert.notEqual(bundleHash(root), before);
    });
  }
});
