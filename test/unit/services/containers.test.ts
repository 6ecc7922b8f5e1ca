import assert from "node:assert/strict";
import fc from "fast-check";
import type { NodePlan } from "../../../plan/cluster-plan.ts";
import { containerSizes } from "../../../plan/services/hadoop/containers.ts";

const worker = (host: number, available: number, cpus: number): NodePlan =>
  ({
    size: { memory: host, cpus, disk: 10 },
    memory: { host, reserved: 0, daemons: {}, available },
  }) as unknown as NodePlan;

describe("container sizes", () => {
  it("are the measured ones on workers of 1 GiB", () => {
    assert.deepEqual(containerSizes([worker(1024, 552, 2)]), {
      minimum: 64,
      maximum: 552,
      map: { memory: 192, heap: 80 },
      reduce: { memory: 192, heap: 80 },
      master: { memory: 256, heap: 96 },
      sort: 16,
      small: true,
    });
  });

  // Hortonworks' example: 16 GB less 2 reserved, 4 cores -> 8 containers of 1 GiB and more.
  it("follow the table on workers of 16 GiB with 4 cores", () => {
    const sizes = containerSizes([worker(16384, 13000, 4)]);
    assert.deepEqual(
      [sizes.minimum, sizes.map.memory, sizes.reduce.memory, sizes.master.memory, sizes.map.heap],
      [1024, 1024, 2048, 2048, 819],
    );
  });

  it("let every task fit on every node, with its heap inside it, in multiples of the smallest container", () => {
    const workers = fc.array(
      fc.record({
        host: fc.integer({ min: 1024, max: 524288 }),
        cpus: fc.integer({ min: 1, max: 128 }),
        part: fc.double({ min: 0.3, max: 0.9, noNaN: true }),
      }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(workers, (drawn) => {
        const nodes = drawn.map(({ host, cpus, part }) => worker(host, Math.max(256, Math.floor(host * part)), cpus));
        const sizes = containerSizes(nodes);
        const least = Math.min(...nodes.map((node) => node.memory.available));
        for (const task of [sizes.map, sizes.reduce, sizes.master]) {
          assert.ok(task.memory <= least, `${task.memory} fits in ${least}`);
          assert.ok(task.heap < task.memory && task.heap >= 64);
          assert.equal(task.memory % sizes.minimum, 0);
        }
        assert.ok(sizes.sort < sizes.map.heap);
        assert.equal(sizes.maximum, Math.max(...nodes.map((node) => node.memory.available)));
      }),
    );
  });
});
