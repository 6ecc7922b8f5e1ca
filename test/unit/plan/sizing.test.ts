import assert from "node:assert/strict";
import fc from "fast-check";
import { memoryMistake, reservedMemory, shareMemory } from "../../../plan/sizing.ts";
import { fakePlan } from "./fixtures.ts";

const GiB = 1024;
const size = (memory: number) => ({ memory, cpus: 1, disk: 10 });
const daemon = (heap: (memory: number) => number, nonHeap: number) => ({
  on: "worker" as const,
  instances: "all" as const,
  ports: {},
  heap: ({ memory }: { memory: number }) => heap(memory),
  nonHeap,
});

describe("sizing", () => {
  it("leaves the operating system what the table says", () => {
    const table = [
      [256, 80],
      [512, 96],
      [768, 112],
      [1 * GiB, 128],
      [2 * GiB, 256],
      [3 * GiB, 640],
      [4 * GiB, 1 * GiB],
      [8 * GiB, 2 * GiB],
      [16 * GiB, 2 * GiB],
      [24 * GiB, 4 * GiB],
      [48 * GiB, 6 * GiB],
      [64 * GiB, 8 * GiB],
      [96 * GiB, 12 * GiB],
      [128 * GiB, 24 * GiB],
      [256 * GiB, 32 * GiB],
      [512 * GiB, 64 * GiB],
      [1024 * GiB, 128 * GiB],
    ] as const;
    for (const [host, reserved] of table) assert.equal(reservedMemory(host), reserved, `${host} MiB`);
  });

  it("never has less for daemons on a larger host", () => {
    fc.assert(
      fc.property(fc.integer({ min: 256, max: 1024 * GiB }), fc.integer({ min: 1, max: 1024 }), (host, more) => {
        assert.ok(host + more - reservedMemory(host + more) >= host - reservedMemory(host));
      }),
    );
  });

  it("adds heap and the rest of each process, and leaves the remainder to containers", () => {
    const daemons = new Map([
      ["a", daemon((memory) => memory / 8, 72)],
      ["b", daemon(() => 80, 40)],
    ]);
    assert.deepEqual(shareMemory(size(1024), daemons), {
      host: 1024,
      reserved: 128,
      daemons: { a: { heap: 128, total: 200 }, b: { heap: 80, total: 120 } },
      available: 576,
    });
  });

  it("names the sum and a size that really fits when daemons do not", () => {
    const daemons = new Map([["a", daemon((memory) => memory / 2, 300)]]);
    assert.equal(memoryMistake("worker", size(1024), daemons), undefined);
    assert.deepEqual(memoryMistake("worker", size(512), daemons), {
      path: "pools.worker.memory",
      found: "512 MiB",
      allowed: "allowed: at least 896 MiB; its daemons need 652 MiB (system 96 + a 556)",
    });
    assert.ok(shareMemory(size(896), daemons).available >= 0 && shareMemory(size(768), daemons).available < 0);
  });

  it("says so when no size would do", () => {
    const mistake = memoryMistake("worker", size(512), new Map([["a", daemon((memory) => memory, 1)]]));
    assert.match(mistake?.allowed ?? "", /^put fewer daemons on it/);
  });

  it("fits the whole of a one-node cluster on one host", () => {
    const { nodes } = fakePlan("solo", { pools: { all: { roles: ["master", "worker", "client"] } } });
    assert.deepEqual(
      nodes.map(({ name, daemons }) => [name, daemons]),
      [["solo-all-1", ["index", "helper", "block", "manager", "runner"]]],
    );
    assert.equal(nodes[0]?.memory.available, 1024 - 128 - 150 - 30 - 100 - 200 - 150);
  });
});
