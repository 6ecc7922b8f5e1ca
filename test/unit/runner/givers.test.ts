import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { type Giver, Givers } from "../../../runner/relay/givers.ts";

const nobody = new Set<string>();

describe("who gives an artifact to whom", () => {
  const { signal } = new AbortController();
  /** What was answered, or that nothing was yet. */
  async function now(asked: Promise<Giver>): Promise<Giver | "waits"> {
    const waits = turn().then(() => "waits" as const);
    return Promise.race([asked, waits]);
  }

  it("lets one cross the line; who waits takes it from that one", async () => {
    const givers = new Givers(() => true);
    assert.equal(await givers.next("a", nobody, signal), "operator");
    const [b, c] = [givers.next("b", nobody, signal), givers.next("c", nobody, signal)];
    assert.equal(await now(b), "waits");
    givers.add("a");
    givers.done("operator", "well");
    assert.deepEqual([await b, await c], [{ node: "a" }, { node: "a" }]);
  });

  it("gives to two at once, from the least busy, and never to oneself", async () => {
    const givers = new Givers(() => true);
    givers.add("a");
    const first = await givers.next("b", nobody, signal);
    assert.deepEqual(first, { node: "a" });
    givers.add("b");
    assert.deepEqual(await givers.next("c", nobody, signal), { node: "b" });
    assert.deepEqual(await givers.next("b", nobody, signal), { node: "a" });
    assert.deepEqual(await givers.next("d", nobody, signal), { node: "b" });
    const late = givers.next("e", nobody, signal);
    assert.equal(await now(late), "waits");
    givers.done(first, "well");
    assert.deepEqual(await late, { node: "a" });
  });

  it("lets another cross when the first one is lost", async () => {
    const givers = new Givers(() => true);
    await givers.next("a", nobody, signal);
    const next = givers.next("b", nobody, signal);
    givers.done("operator", "wrong");
    assert.equal(await next, "operator");
  });

  it("waits for those who are better placed to cross, until they will not", async () => {
    let better = true;
    const givers = new Givers(() => !better);
    const asked = givers.next("inner", nobody, signal);
    assert.equal(await now(asked), "waits");
    better = false;
    givers.wake();
    assert.equal(await asked, "operator");
  });

  it("crosses for who could take it from nobody, and asks no more whom two could not take it from", async () => {
    const givers = new Givers(() => false);
    givers.add("a");
    for (const taker of ["b", "c"]) givers.done(await givers.next(taker, nobody, signal), "wrong");
    assert.deepEqual(givers.names, []);
    assert.equal(await givers.next("b", new Set(["a"]), signal), "operator");
    givers.add("d");
    givers.done(await givers.next("b", new Set(["a"]), signal), "wrong");
    givers.done(await givers.next("c", nobody, signal), "well");
    givers.done(await givers.next("e", nobody, signal), "wrong");
    assert.deepEqual(givers.names, ["d"], "not twice in a row");
  });

  it("is left when the run is", async () => {
    const controller = new AbortController();
    const givers = new Givers(() => false);
    const asked = givers.next("a", nobody, controller.signal);
    controller.abort(new Error("stopped"));
    await assert.rejects(asked, /stopped/);
  });

  it("brings it to a thousand nodes with one crossing, in about ten rounds", async () => {
    const givers = new Givers(() => true);
    const waiting = Array.from({ length: 1000 }, (_, at) => `n${at}`);
    const asked = waiting.map((name) => ({ name, giver: givers.next(name, nobody, signal) }));
    let rounds = 0;
    let crossings = 0;
    const open = new Set(asked);
    while (open.size > 0) {
      rounds += 1;
      const got: { name: string; giver: Giver }[] = [];
      for (const one of open) {
        const giver = await now(one.giver);
        if (giver === "waits") continue;
        open.delete(one);
        got.push({ name: one.name, giver });
      }
      for (const { name, giver } of got) {
        if (giver === "operator") crossings += 1;
        givers.add(name);
        givers.done(giver, "well");
      }
    }
    assert.equal(crossings, 1);
    assert.ok(rounds <= 10, `${rounds} rounds`);
  });
});
