import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { parseActivationPlan, Restarts, RestartsStopped } from "../../../runner/converge/restarts.ts";

describe("restarts of a cluster in service", () => {
  it("touch at most maxUnavailable daemons of a kind at once, kinds side by side", async () => {
    const restarts = new Restarts(2);
    const now: Record<string, number> = { datanode: 0, nodemanager: 0 };
    const most: Record<string, number> = { datanode: 0, nodemanager: 0 };
    const restart = (kind: string) =>
      restarts.daemon(kind, async () => {
        now[kind] = (now[kind] ?? 0) + 1;
        most[kind] = Math.max(most[kind] ?? 0, now[kind]);
        await pause(5);
        now[kind] -= 1;
      });
    await Promise.all(["datanode", "nodemanager"].flatMap((kind) => Array.from({ length: 7 }, () => restart(kind))));
    assert.deepEqual(most, { datanode: 2, nodemanager: 2 });
  });

  it("stop when as many as may be missing did not come back", async () => {
    const restarts = new Restarts(1);
    let touched = 0;
    const ends = await Promise.allSettled(
      Array.from({ length: 5 }, () =>
        restarts.daemon("datanode", () => {
          touched += 1;
          return Promise.reject(new Error("did not start"));
        }),
      ),
    );
    assert.equal(touched, 1);
    const reasons = ends.map((end) => (end.status === "rejected" ? (end.reason as Error) : undefined));
    assert.equal(reasons.filter((reason) => reason instanceof RestartsStopped).length, 4);
    await restarts.daemon("nodemanager", () => Promise.resolve());
  });

  it("take masters one by one, and let the others wait for them", async () => {
    const restarts = new Restarts(5);
    const order: string[] = [];
    restarts.expectMaster("m1");
    restarts.expectMaster("m2");
    const master = (name: string) =>
      restarts
        .master(async () => {
          order.push(`${name} down`);
          await pause(5);
          order.push(`${name} up`);
        })
        .finally(() => restarts.settle(name));
    const worker = restarts.mastersSettled().then(() => order.push("worker"));
    await Promise.all([worker, master("m1"), master("m2")]);
    assert.deepEqual(order, ["m1 down", "m1 up", "m2 down", "m2 up", "worker"]);
  });

  it("take nodes out of service in turn with their daemons' restarts, and masters apart from all others", async () => {
    const restarts = new Restarts(2);
    const down = new Set<string>();
    const reboot = (name: string, daemons: string[]) =>
      restarts.node({ isMaster: name.startsWith("m"), daemons }, async () => {
        down.add(name);
        const masters = [...down].filter((one) => one.startsWith("m")).length;
        assert.ok(masters === 0 ? down.size <= 2 : down.size === 1, [...down].join(" "));
        await pause(5);
        down.delete(name);
      });
    const datanodes = Array.from({ length: 3 }, (_, at) =>
      restarts.daemon("datanode", async () => {
        down.add(`d${at}`);
        assert.ok(down.size <= 2, [...down].join(" "));
        await pause(5);
        down.delete(`d${at}`);
      }),
    );
    const workers = ["w1", "w2", "w3"].map((name) => reboot(name, ["nodemanager", "datanode"]));
    await Promise.all([...workers, ...datanodes]);
    await Promise.all(["m1", "w1", "w2", "m2", "w3"].map((name) => reboot(name, [])));
  });

  it("reboot no more nodes when as many as may be missing did not come back", async () => {
    const restarts = new Restarts(1);
    const lost = () =>
      restarts.node({ isMaster: false, daemons: ["datanode"] }, () => Promise.reject(new Error("gone")));
    await assert.rejects(lost(), /gone/);
    await assert.rejects(lost(), RestartsStopped);
    await assert.rejects(
      restarts.daemon("datanode", () => Promise.resolve()),
      RestartsStopped,
    );
  });

  it("read the plan that activate prints, and nothing else", () => {
    const plan = parseActivationPlan('a warning\n{"restart":["a"],"reload":[],"start":["b"],"stop":[]}\n');
    assert.deepEqual(plan, { restart: ["a"], reload: [], start: ["b"], stop: [] });
    for (const text of ["", "{}", "null", '{"restart":[1],"reload":[],"start":[],"stop":[]}'])
      assert.throws(() => parseActivationPlan(text));
  });
});
