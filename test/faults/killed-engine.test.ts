import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import type { ProgressEvent } from "../../contract/summary.ts";
import { expectHealed } from "./aftermath.ts";
import { BreakableCluster } from "./breakable-cluster.ts";
import { everyMoment } from "./moments.ts";
import { killEngine } from "./strikes.ts";

const MINUTE = 60_000;

/** A moment of a run, told by the runner's own events. */
interface Moment {
  name: string;
  has: (events: readonly ProgressEvent[]) => boolean;
}

const after = (stage: ProgressEvent["stage"], text?: RegExp): Moment["has"] => {
  return (events) =>
    events.some((event) => event.stage === stage && (text === undefined || text.test(event.text ?? "")));
};

/** Every moment with `--full`; one of them always, the one that could cost a store. */
const moments: Moment[] = [
  { name: "when the first machine answers", has: after("machine") },
  { name: "while nodes write their files", has: after("prepare", /hadoop/) },
  { name: "while HDFS is formatted", has: after("prepare", /HDFS is there/) },
  { name: "while daemons start", has: after("activate", /Start namenode/) },
  { name: "while the cluster is verified", has: after("verify") },
].filter(({ name }) => everyMoment || /formatted/.test(name));

describe("an engine that is killed", function () {
  this.timeout(15 * MINUTE);

  for (const { name, has } of moments) {
    it(`${name}: its runner ends with it, and a plain up makes the cluster ready, once`, async () => {
      const cluster = new BreakableCluster({ light: false });
      try {
        const run = cluster.start();
        let over = false;
        void run.ended.then(() => void (over = true));
        while (!has(cluster.events())) {
          assert.ok(!over, "the run ended before its moment came");
          await pause(50);
        }
        assert.ok(await killEngine(cluster, run));
        await expectHealed(cluster);
      } finally {
        await cluster.remove();
      }
    });
  }
});
