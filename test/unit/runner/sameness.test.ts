import assert from "node:assert/strict";
import { differences, firstDifference, shortened } from "../../../runner/verify/sameness.ts";

const nodes = (...values: (string | undefined)[]) =>
  values.map((kernel, at) => ({
    node: `n${at + 1}`,
    facts: { os: "d12", ...(kernel === undefined ? {} : { kernel }) },
  }));

describe("machines that are to be the same", () => {
  it("are, when all say the same; who does not tell a fact is not compared", () => {
    assert.deepEqual(differences(nodes("a", "a", "a")), []);
    assert.deepEqual(differences(nodes("a", undefined, "a")), []);
    assert.deepEqual(differences(nodes()), []);
  });

  it("differ from what most say, of equally many from the first", () => {
    const one = { node: "n1", like: "n2", fact: "kernel", has: "b", others: "a" };
    assert.deepEqual(differences(nodes("b", "a", "a")), [one]);
    assert.deepEqual(differences(nodes("a", "b")), [{ ...one, node: "n2", like: "n1" }]);
    assert.deepEqual(
      differences(nodes("a", "b", "c", "a")).map(({ node }) => node),
      ["n2", "n3"],
    );
  });

  it("tell by which line: of the same name where there is one", () => {
    const usual = ["apt 1", "curl 8.1", "zlib 2"];
    assert.equal(firstDifference(["apt 1", "curl 8.0", "zlib 2"], usual), "has curl 8.0, others curl 8.1");
    assert.equal(firstDifference([...usual, "nano 7"], usual), "has nano 7, others do not");
    assert.equal(firstDifference(["apt 1", "zlib 2"], usual), "lacks curl 8.1");
    assert.equal(firstDifference(usual, usual), undefined);
    assert.equal(shortened("0123456789abcdef".repeat(4)), "0123456789ab");
  });
});
