import assert from "node:assert/strict";
import { placeDaemons } from "../../../plan/placement.ts";
import { fakes } from "./fake-services.ts";
import type { FakeArgs } from "./fixtures.ts";
import { fakeSpec } from "./fixtures.ts";

const placed = (args: FakeArgs) => Object.fromEntries(placeDaemons(fakeSpec("c", args), fakes));
const masters = (count: number, without: number[] = []) => ({ pools: { master: { count, without }, worker: 1 } });

describe("placement", () => {
  it("puts all single daemons on one master", () => {
    assert.deepEqual(placed(masters(1)), {
      "c-master-1": ["index", "helper", "manager"],
      "c-worker-1": ["block", "runner"],
    });
  });

  it("spreads single daemons over several masters by their preference", () => {
    const three = placed(masters(3));
    assert.deepEqual(
      [three["c-master-1"], three["c-master-2"], three["c-master-3"]],
      [["index"], ["helper", "manager"], []],
    );
  });

  it("gives what a master that leaves had to the next one, and moves nothing else", () => {
    const three = placed(masters(3, [2]));
    assert.deepEqual(
      [three["c-master-1"], three["c-master-2"], three["c-master-3"]],
      [["index"], undefined, ["helper", "manager"]],
    );
    assert.deepEqual(placed(masters(2, [2]))["c-master-1"], ["index", "helper", "manager"]);
  });

  it("keeps stateful single daemons where they are when masters are added in another pool", () => {
    const more = placed({ pools: { master: 1, worker: 1, another: { count: 2, roles: ["master"] } } });
    assert.deepEqual(more["c-master-1"], ["index"]);
  });

  it("places nothing on clients and storage, and nothing of services that are off", () => {
    const some = placed({ pools: { master: 1, worker: 1, client: 1, storage: 1 }, services: ["hdfs"] });
    assert.deepEqual(some, {
      "c-master-1": ["index", "helper"],
      "c-worker-1": ["block"],
      "c-client-1": [],
      "c-storage-1": [],
    });
  });
});
