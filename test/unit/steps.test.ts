import assert from "node:assert/strict";
import Mocha from "mocha";
import { eachNeedsTheOneBefore } from "../steps.ts";

/** Runs suites of their own, and tells what came of each test and of each hook, in order. */
async function outcomes(define: (root: Mocha.Suite, told: string[]) => void): Promise<string[]> {
  const told: string[] = [];
  class Listening extends Mocha.reporters.Base {
    constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
      super(runner, options);
      runner.on("pass", ({ title }) => told.push(`passed: ${title}`));
      runner.on("fail", ({ title }) => told.push(`failed: ${title}`));
      runner.on("pending", ({ title }) => told.push(`skipped: ${title}`));
    }
  }
  const mocha = new Mocha({ reporter: Listening });
  define(mocha.suite, told);
  await new Promise((resolve) => mocha.run(resolve));
  return told;
}

const fine = () => undefined;
const broken = () => assert.fail();
const late = () => new Promise<void>(() => undefined);

function steps(parent: Mocha.Suite, title: string, ...tests: [string, Mocha.Func | Mocha.AsyncFunc][]): Mocha.Suite {
  const suite = Mocha.Suite.create(parent, title);
  for (const [name, run] of tests) suite.addTest(new Mocha.Test(name, run));
  return suite;
}

describe("tests that build on each other", () => {
  it("are skipped after the first that failed, and say because of which", async () => {
    for (const fails of [broken, late]) {
      const told = await outcomes((root) => {
        const suite = steps(root, "life", ["made", fine], ["grown", fails], ["shrunk", fine], ["gone", broken]);
        suite.timeout(20);
        eachNeedsTheOneBefore(suite);
      });
      const why = '(not run, because of "grown")';
      assert.deepEqual(told, ["passed: made", "failed: grown", `skipped: shrunk ${why}`, `skipped: gone ${why}`]);
    }
  });

  it("are run although another suite failed, before or after", async () => {
    const told = await outcomes((root) => {
      steps(root, "plain", ["unsound", broken]);
      for (const title of ["one", "other"])
        eachNeedsTheOneBefore(steps(root, title, [`${title} made`, fine], [`${title} grown`, broken]));
    });
    assert.deepEqual(told, [
      "failed: unsound",
      ...["passed: one made", "failed: one grown"],
      ...["passed: other made", "failed: other grown"],
    ]);
  });

  it("take inner suites with them that come later, whose own preparations are spared; what is to be removed is", async () => {
    const told = await outcomes((root, prepared) => {
      const suite = steps(root, "life", ["made", fine]);
      eachNeedsTheOneBefore(suite);
      suite.afterAll(() => void prepared.push("removed"));
      for (const [title, run] of [["first", broken] as const, ["second", fine] as const]) {
        const inner = steps(suite, title, [`${title} done`, run], [`${title} checked`, fine]);
        inner.beforeAll(() => void prepared.push(`prepared: ${title}`));
        inner.afterAll(() => void prepared.push(`undone: ${title}`));
      }
    });
    const why = '(not run, because of "first done")';
    assert.deepEqual(told, [
      "passed: made",
      "prepared: first",
      "failed: first done",
      `skipped: first checked ${why}`,
      "undone: first",
      `skipped: second done ${why}`,
      `skipped: second checked ${why}`,
      "removed",
    ]);
  });
});
