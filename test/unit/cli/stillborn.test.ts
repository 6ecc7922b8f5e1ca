import assert from "node:assert/strict";
import { stillborn } from "../../../cli/stillborn.ts";
import type { ObservedMachine } from "../../../components/clouds/cloud.ts";
import type { NodeResult } from "../../../contract/summary.ts";
import { machine } from "../../mock/fake-cloud.ts";
import { fakePlan } from "../plan/fixtures.ts";

const plan = fakePlan("dev", { pools: { master: 1, worker: 2 } });
const [one, two] = ["dev-worker-1", "dev-worker-2"] as const;
const ready = (name: string): NodeResult => ({ name, pool: "worker", state: "ready" });
const silent = (name: string): NodeResult => ({
  ...{ name, pool: "worker", state: "unreachable", stage: "machine", reason: "nothing answers" },
});

describe("machines that were made for nothing", () => {
  const none = new Set<string>();
  const broken = { running: false, broken: true, reason: "No valid host was found." };
  const rows: [string, ReadonlySet<string>, ObservedMachine[], NodeResult[], string[]][] = [
    ["those that the cloud calls broken", none, [machine(one, broken), machine(two)], [ready(two)], [`${one} broken`]],
    [
      "those that run, but never answered",
      none,
      [machine(one), machine(two)],
      [ready(one), silent(two)],
      [`${two} silent`],
    ],
    [
      "nobody where none answers: the way is at fault",
      none,
      [machine(one), machine(two)],
      [silent(one), silent(two)],
      [],
    ],
    [
      "none that was there before",
      new Set([`${one}-id`, `${two}-id`]),
      [machine(one, broken), machine(two)],
      [silent(two)],
      [],
    ],
    ["none that answered and was lost", none, [machine(one)], [ready(two), { ...silent(one), stage: "prepare" }], []],
    [
      "none that stands still: it only has to be started",
      none,
      [machine(one, { running: false })],
      [ready(two), silent(one)],
      [],
    ],
    ["none that nobody wants any more", none, [machine("dev-worker-9", broken)], [ready(two)], []],
  ];
  for (const [what, had, now, results, expected] of rows) {
    it(`are ${what}`, () => {
      const found = stillborn(plan, had, now, results);
      assert.deepEqual(
        found.map(({ name, how }) => `${name} ${how}`),
        expected,
      );
    });
  }

  it("are told with the cloud's reason, or with the runner's", () => {
    const found = stillborn(plan, none, [machine(one, broken), machine(two)], [ready("dev-master-1"), silent(two)]);
    assert.deepEqual(
      found.map(({ reason }) => reason),
      ["No valid host was found.", "nothing answers"],
    );
  });
});
