import assert from "node:assert/strict";
import { specFromArgs } from "../../../plan/config/read.ts";
import { placeDaemons } from "../../../plan/placement.ts";
import { planCluster } from "../../../plan/plan-cluster.ts";
import type { ServiceRegistry } from "../../../plan/service.ts";
import { fakes } from "./fake-services.ts";
import type { FakeArgs } from "./fixtures.ts";
import { fakeSpec, mistakesOf, whereabouts } from "./fixtures.ts";

const placed = (args: FakeArgs) => Object.fromEntries(placeDaemons(fakeSpec("c", args), fakes));
const masters = (count: number, without: number[] = []) => ({ pools: { master: { count, without }, worker: 1 } });

/** Of a service's definition what looks at daemons that it has not. */
const silent = {
  managesMembers: [],
  refuse: () => [],
  settings: () => ({}),
  leave: () => [],
  endpoints: () => ({}),
};

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

  describe("of a daemon with a role of its own", () => {
    const { hdfs: store } = fakes;
    assert.ok(store);
    const daemon = { ports: { web: 9 }, nonHeap: 10, heap: (_size: unknown, { copies }: { copies: number }) => copies };
    const daemons = {
      watcher: { ...daemon, on: ["monitor", "master"] as const, instances: "one" as const },
      watched: { ...daemon, on: "all" as const, instances: "all" as const, udpPorts: { beat: 8 }, heap: () => 0 },
    };
    const registry: ServiceRegistry = { hdfs: { ...store, daemons, checks: () => [], ...silent } };
    const planned = (pools: object, copies = 1) => {
      const args = { kind: "pool", pools, services: { hdfs: { copies } } } as object;
      return planCluster(specFromArgs("c", args, { registry }), whereabouts, registry);
    };
    const where = (pools: object) =>
      Object.fromEntries(planned(pools).nodes.map(({ name, daemons: own }) => [name, own.join(" ")]));

    it("takes a master where no pool has that role, and that pool where one has it", () => {
      assert.deepEqual(where({ master: 1, a: 1 }), { "c-master-1": "watcher watched", "c-a-1": "watched" });
      assert.deepEqual(where({ master: 1, monitor: 2 }), {
        "c-master-1": "watched",
        "c-monitor-1": "watcher watched",
        "c-monitor-2": "watched",
      });
      const [mistake] = mistakesOf(() => planned({ a: 2 }));
      assert.match(`${mistake?.found}: ${mistake?.allowed}`, /^no node with role master: watcher of hdfs needs one/);
    });

    it("opens its ports where it is, and has its memory by its service's options", () => {
      const { firewall, nodes } = planned({ master: 1, monitor: 1 }, 7);
      const told = firewall
        .filter(({ name }) => name.startsWith("hdfs"))
        .map(({ name, to, protocol, ports }) => [name, to, protocol, ports[0]]);
      assert.deepEqual(told, [
        ["hdfs watcher web", ["monitor"], "tcp", 9],
        ["hdfs watched web", "all", "tcp", 9],
        ["hdfs watched beat", "all", "udp", 8],
      ]);
      const monitor = nodes.find(({ name }) => name === "c-monitor-1");
      assert.deepEqual(monitor?.memory.daemons, { watcher: { heap: 7, total: 17 }, watched: { heap: 0, total: 10 } });
    });
  });
});
