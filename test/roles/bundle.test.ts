import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheFolder } from "../../contract/folders.ts";
import { buildBundle } from "../../runner/bundle/index.ts";

describe("the bundle in the cache", function () {
  this.timeout(300_000);
  const before = process.env.XDG_CACHE_HOME;
  let folder = "";

  // The wheels are the real ones: fetching them is not what is seen here.
  beforeEach(() => {
    const wheels = join(cacheFolder(), "wheels");
    mkdirSync(wheels, { recursive: true });
    folder = mkdtempSync(join(tmpdir(), "muster-bundle-"));
    mkdirSync(join(folder, "muster"));
    symlinkSync(wheels, join(folder, "muster/wheels"));
    process.env.XDG_CACHE_HOME = folder;
  });
  afterEach(() => {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
    rmSync(folder, { recursive: true });
  });

  it("is built once, the same bytes each time, and built again when it is damaged", async () => {
    const { path } = await buildBundle();
    const whole = readFileSync(path);
    const flipped = Buffer.from(whole);
    flipped[whole.length >> 1] = (flipped[whole.length >> 1] ?? 0) ^ 0xff;
    const damages: Record<string, () => void> = {
      "cut off": () => truncateSync(path, whole.length >> 1),
      "changed in the middle": () => writeFileSync(path, flipped),
    };
    for (const [what, damage] of Object.entries(damages)) {
      damage();
      await buildBundle();
      assert.ok(readFileSync(path).equals(whole), what);
    }
    assert.equal(readdirSync(join(folder, "muster/bundles")).length, 1);
  });
});
