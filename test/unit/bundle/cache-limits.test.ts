import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { limitCache } from "../../../runner/bundle/cache-limits.ts";

describe("what the cache keeps", () => {
  const usual = process.env["XDG_CACHE_HOME"];
  let cache = "";
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), "muster-cache-test-"));
    process.env["XDG_CACHE_HOME"] = cache;
  });
  afterEach(() => {
    rmSync(cache, { recursive: true });
    if (usual === undefined) delete process.env["XDG_CACHE_HOME"];
    else process.env["XDG_CACHE_HOME"] = usual;
  });

  const write = (path: string, hours: number, bytes = 1): void => {
    const file = join(cache, "muster", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "");
    truncateSync(file, bytes);
    const then = Date.now() / 1000 - hours * 3600;
    for (const one of /\.new-|scratch/.test(path) ? [file, dirname(file)] : [file]) utimesSync(one, then, then);
  };
  const kept = (folder: string) => readdirSync(join(cache, "muster", folder)).sort();

  it("are the bundles last used, and drafts that may be at work", async () => {
    for (let age = 0; age < 12; age += 1) write(`bundles/${String(age).padStart(2, "0")}.tar.gz`, age + 0.5);
    write("bundles/.new-killed/content", 2);
    write("bundles/.new-working/content", 0.2);
    await limitCache();
    const bundles = Array.from({ length: 8 }, (_, age) => `0${age}.tar.gz`);
    assert.deepEqual(kept("bundles"), [".new-working", ...bundles]);
  });

  it("are folders in which an image may be in the making, not what was left by one that was killed", async () => {
    write("scratch/killed/image.pkrvars.json", 25);
    write("scratch/working/image.pkrvars.json", 23);
    await limitCache();
    assert.deepEqual(kept("scratch"), ["working"]);
  });

  it("are all bundles that somebody may be using, however many", async () => {
    for (let at = 0; at < 12; at += 1) write(`bundles/${at}.tar.gz`, 0.9);
    await limitCache();
    assert.equal(kept("bundles").length, 12);
  });

  it("are a bounded number of bytes that Node compiled, the youngest", async () => {
    for (const [name, hours] of [
      ["old", 50],
      ["older", 60],
      ["young", 2],
    ] as const)
      write(`compiled/v24-x64/${name}`, hours, 60 * 2 ** 20);
    await limitCache();
    assert.deepEqual(kept("compiled/v24-x64"), ["old", "young"]);
  });

  it("bears that there is none", async () => {
    await limitCache();
    assert.deepEqual(readdirSync(cache), []);
  });
});
