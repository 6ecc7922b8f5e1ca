import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const roles = join(import.meta.dirname, "../../../roles");

/** What an expression of one of the services' member lists gives. */
function evaluate(service: "hdfs" | "yarn", expression: string): unknown {
  const libexec = join(roles, service, "templates", service, "opt/hadoop/libexec");
  const program = `
import json, sys
sys.path.insert(0, sys.argv[1])
import ${service}_members as members
found = ${expression}
print(json.dumps(sorted(found) if isinstance(found, set) else found))
`;
  const printed = execFileSync("python3", ["-IB", "-c", program, libexec], { encoding: "utf8" });
  return JSON.parse(printed);
}

describe("the services' lists of members", () => {
  it("of HDFS add who is wanted, and let who leaves go on leaving when the NameNode starts", () => {
    const list = evaluate("hdfs", `members.with_wanted({"a": None, "b": "DECOMMISSIONED"}, ["a", "b", "c"])`);
    assert.deepEqual(list, { a: null, b: "DECOMMISSIONED", c: null });
  });

  const known = `{"a": None, "b": "DECOMMISSIONED"}`;
  const rows: [what: string, configured: string, wanted: string, back: string[]][] = [
    ["nobody is taken back while one leaves", `["a", "b"]`, `{"a"}`, []],
    ["one that was leaving is wanted again", `["a", "b"]`, `{"a", "b"}`, ["b"]],
    ["one that had left the list is wanted again", `["a", "b", "c"]`, `{"a", "c"}`, ["c"]],
    ["a new one is not the list's business yet", `["a", "b"]`, `{"a", "d"}`, []],
  ];
  for (const [what, configured, wanted, back] of rows) {
    it(`of HDFS: ${what}`, () => {
      assert.deepEqual(evaluate("hdfs", `members.taken_back(${known}, ${configured}, ${wanted})`), back);
    });
    it(`of YARN: ${what}`, () => {
      assert.deepEqual(evaluate("yarn", `members.taken_back({"a", "b"}, {"b"}, set(${configured}), ${wanted})`), back);
    });
  }
});
