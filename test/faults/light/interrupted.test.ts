import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { expectCode } from "../../e2e/checkout.ts";
import { expectGone, expectHealed, expectNothingRuns } from "../aftermath.ts";
import { BreakableCluster } from "../breakable-cluster.ts";
import { everyMoment, type Moment, momentIn, momentsOf, nameOf, seed, type Timeline } from "../moments.ts";
import { type Strike, strikes } from "../strikes.ts";
import { eachNeedsTheOneBefore } from "../../steps.ts";

const MINUTE = 60_000;

/** A kind of run that is broken, and how the cluster becomes again what it was before. */
interface Course {
  name: string;
  workers: number;
  /** Whether a strike is among the few that are done without `--full`, by its number. */
  few: (strike: number) => boolean;
  undo: (cluster: BreakableCluster) => Promise<void>;
}

/** Every strike is always done: four in one course, the rest in the other; which, by the seed. */
const isOfGrowing = (strike: number): boolean => (strike + seed) % strikes.length < 4;

const growing: Course = {
  name: "an up that adds a worker",
  workers: 3,
  few: isOfGrowing,
  undo: async (cluster) => {
    cluster.want(2);
    await cluster.checkout.up();
  },
};

const beginning: Course = {
  name: "a first up",
  workers: 2,
  few: (strike) => !isOfGrowing(strike),
  undo: expectGone,
};

/**
 * Loops over the moments of a run: at each, the run is interrupted, a plain `up` heals, and the cluster is taken back to
 * where the run began. With `--full` at every moment, else at one of each part of the run.
 */
describe(`a run that is interrupted (MUSTER_FAULT_SEED=${seed})`, function () {
  this.timeout(everyMoment ? 24 * 60 * MINUTE : 20 * MINUTE);
  eachNeedsTheOneBefore(this);
  const cluster = new BreakableCluster({ light: true });
  const timelines = new Map<Course, Timeline>();
  after(() => cluster.remove());

  it("tells its moments", async () => {
    // The cluster that this brings up is the one that grows.
    timelines.set(beginning, await lengthOf(cluster, beginning));
    timelines.set(growing, await lengthOf(cluster, growing));
    await growing.undo(cluster);
  });

  for (const course of [growing, beginning]) {
    describe(course.name, () => {
      before(async () => {
        if (course === beginning) await expectGone(cluster);
      });

      for (const [at, strike] of strikes.entries()) {
        if (!everyMoment && !course.few(at)) continue;
        it(`${strike.name}: a plain up makes the cluster whole`, async () => {
          const moments = momentsOf(timelines.get(course) ?? { engine: 0, runner: 0 });
          const possible = moments.filter(({ of }) => strike.needs === undefined || of === strike.needs);
          const part = (at + seed) % strikes.length;
          const chosen = everyMoment ? possible : [momentIn(possible, part, strikes.length, course.name)];
          for (const moment of chosen) await strikeAt(moment, strike, course);
        });
      }
    });
  }

  async function strikeAt(moment: Moment, strike: Strike, course: Course): Promise<void> {
    try {
      cluster.want(course.workers);
      const broken = await strike.breakRun(cluster, moment);
      // With every moment, the last ones are of runs that told more than others.
      assert.ok(broken || everyMoment, "the run ended before");
      await expectNothingRuns(cluster);
      await expectHealed(cluster);
      await course.undo(cluster);
    } catch (error) {
      throw new Error(`${strike.name} at ${nameOf(moment)}: ${(error as Error).message}`, { cause: error });
    }
  }
});

/** How much a whole run tells: of the engine, what it tells before the runner does. */
async function lengthOf(cluster: BreakableCluster, course: Course): Promise<Timeline> {
  cluster.want(course.workers);
  const run = cluster.start();
  let engine = 0;
  let over = false;
  const ended = run.ended.then((printed) => {
    over = true;
    expectCode(printed, 0);
  });
  while (!over) {
    const now = run.timeline();
    if (now.runner === 0) engine = now.engine;
    await Promise.race([ended, pause(50)]);
  }
  await ended;
  return { engine, runner: run.timeline().runner };
}
