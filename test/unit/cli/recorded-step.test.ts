import assert from "node:assert/strict";
import { parse } from "yaml";
import { withStep } from "../../../cli/recorded-step.ts";

const FILE = `# mine
config:
  muster:cloud: local
  muster:clusters:
    - name: a   # the first
      pools: { node: 2, big: {count: 1,   memory: 2 GiB} }
    - name: b
      steps:
        - { packages: [jq] } # wanted
        - script: x.sh
          on: node

      pools: { node: 1 }
`;
const step = { script: "scripts/it's.sh", on: "node" };
const stepsOf = (text: string | undefined, at: number): unknown => {
  const { config } = parse(text ?? "") as { config: { "muster:clusters": { steps?: unknown }[] } };
  return config["muster:clusters"][at]?.steps;
};

describe("a script that is recorded in a stack's file", () => {
  const item = { name: "scripts/it's.sh on node", ...step };

  it("is the first step of its cluster, or one more; every other line stays as it was written", () => {
    const first = withStep(FILE, "a", step).text ?? "";
    assert.deepEqual(stepsOf(first, 0), [item]);
    const more = withStep(FILE, "b", step).text ?? "";
    assert.deepEqual(stepsOf(more, 1), [{ packages: ["jq"] }, { script: "x.sh", on: "node" }, item]);
    for (const text of [first, more]) {
      const lines = text.split("\n");
      assert.deepEqual(
        lines.filter((line) => !line.includes("it's") && line !== "      steps:"),
        FILE.split("\n").filter((line) => line !== "      steps:"),
      );
    }
  });

  it("is there once: the same on the same nodes changes nothing, on others it is another step", () => {
    const once = withStep(FILE, "a", step).text ?? "";
    assert.deepEqual(withStep(once, "a", step), { name: item.name, text: once });
    assert.deepEqual(withStep(FILE, "b", { script: "x.sh", on: "node" }), { name: "script x.sh", text: FILE });
    assert.equal((stepsOf(withStep(once, "a", { ...step, on: "big" }).text, 0) as unknown[]).length, 2);
  });

  it("is recorded in other layouts, too: JSON, lists at their parent's indent, CRLF, without a last newline", () => {
    const json = '{"config": {"muster:clusters": [{"name": "a", "steps": []}]}}';
    assert.deepEqual(stepsOf(withStep(json, "a", step).text, 0), [item]);
    const tight = "config:\n  muster:clusters:\n  - name: a\n    steps:\n    - packages: [jq]";
    for (const text of [tight, `${tight}\n`, FILE.replaceAll("\n", "\r\n"), tight.split("\n").slice(0, 3).join("\n")])
      assert.deepEqual((stepsOf(withStep(text, "a", step).text, 0) as unknown[]).at(-1), item, JSON.stringify(text));
    assert.equal(withStep(FILE, "c", step).text, undefined);
  });
});
