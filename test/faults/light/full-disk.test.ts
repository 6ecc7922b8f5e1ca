import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { fullDisks } from "../../../cli/full-disk.ts";
import { buildBundle } from "../../../runner/bundle/index.ts";
import { SmallDisk } from "../../e2e/small-disk.ts";
import { expectGone, expectHealed, expectNothingRuns, expectWholeFiles } from "../aftermath.ts";
import { endOf, BreakableCluster, reaches } from "../breakable-cluster.ts";
import { everyMoment, type Moment, momentIn, momentsOf, nameOf, seed } from "../moments.ts";
import { eachNeedsTheOneBefore } from "../../steps.ts";

const MINUTE = 60_000;

/** How much a first run tells at least. */
const LEAST = { engine: 12, runner: 50 };

describe(`a state folder whose disk fills up in the middle of a run (MUSTER_FAULT_SEED=${seed})`, function () {
  this.timeout(everyMoment ? 12 * 60 * MINUTE : 15 * MINUTE);
  eachNeedsTheOneBefore(this);
  const cluster = new BreakableCluster({ light: true });
  const { checkout } = cluster;
  let state: SmallDisk;
  before(() => void (state = new SmallDisk(join(checkout.state, ".."), 80)));
  after(async () => {
    state.free();
    await checkout.onStack("down", "--yes", "--delete-data");
    state.unmount();
    await checkout.remove();
  });

  it("the run fails and says so, nothing half-written is believed, and a plain up goes on", async () => {
    const moments = momentsOf(LEAST);
    const chosen = everyMoment ? moments : [momentIn(moments, seed % 2, 2, "a full disk")];
    for (const moment of chosen) {
      try {
        await failsAt(moment);
        await expectHealed(cluster);
        await expectGone(cluster);
      } catch (error) {
        throw new Error(`full at ${nameOf(moment)}: ${(error as Error).message}`, { cause: error });
      }
    }
  });

  async function failsAt(moment: Moment): Promise<void> {
    const run = cluster.start();
    assert.ok(await reaches(run, moment), "the run ended before");
    state.fill();
    try {
      const { code, stderr } = await endOf(run, 3 * MINUTE);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /the disk is full; free some space, then do the same again/);
      assert.match(stderr, new RegExp(`state folder +${checkout.state} +\\(XDG_STATE_HOME\\)`));
      await expectNothingRuns(cluster);
      expectWholeFiles(cluster);
    } finally {
      state.free();
    }
  }
});

describe("a cache whose disk is full", function () {
  this.timeout(5 * MINUTE);

  it("keeps no half of a bundle, and gets the whole one when there is room again", async () => {
    const folder = mkdtempSync(join(tmpdir(), "muster-full-cache-"));
    const usual = process.env["XDG_CACHE_HOME"];
    const cache = new SmallDisk(folder, 128);
    try {
      linkWheels(join(folder, "muster"), join(usual ?? join(homedir(), ".cache"), "muster"));
      process.env["XDG_CACHE_HOME"] = folder;
      cache.fill();
      await assert.rejects(buildBundle(), /no space left/i);
      assert.match(fullDisks() ?? "", new RegExp(`cache folder +${folder}/muster +\\(XDG_CACHE_HOME\\)`));
      cache.free();
      assert.deepEqual(readdirSync(join(folder, "muster", "bundles")), []);
      const { sha, path } = await buildBundle();
      assert.deepEqual(readdirSync(join(folder, "muster", "bundles")), [`${sha}.tar.gz`]);
      gunzipSync(readFileSync(path));
    } finally {
      if (usual === undefined) delete process.env["XDG_CACHE_HOME"];
      else process.env["XDG_CACHE_HOME"] = usual;
      cache.unmount();
      rmSync(folder, { recursive: true });
    }
  });
});

/** What is fetched from elsewhere is there already; what is built of it is not. */
function linkWheels(cache: string, real: string): void {
  mkdirSync(cache);
  symlinkSync(join(real, "wheels"), join(cache, "wheels"));
}
