import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEnvironment } from "../../../cli/environment.ts";
import { explain } from "../../../cli/exit.ts";

const checkout = join(import.meta.dirname, "../../..");
const good = `config:
  muster:cloud: local
  muster:clusters:
    - name: lab
      pools: { master: 1, worker: 3 }
`;

describe("a stack's file", () => {
  const before = process.env["MUSTER_HOME"];
  let home = "";
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "muster-stack-"));
    cpSync(join(checkout, "Pulumi.yaml"), join(home, "Pulumi.yaml"));
    process.env["MUSTER_HOME"] = home;
  });
  afterEach(() => {
    if (before === undefined) delete process.env["MUSTER_HOME"];
    else process.env["MUSTER_HOME"] = before;
    rmSync(home, { recursive: true });
  });

  const read = (content: string | Buffer) => {
    writeFileSync(join(home, "Pulumi.odd.yaml"), content);
    return readEnvironment("odd").clusters.map(({ name, pools }) => [name, ...pools.map((pool) => pool.count)]);
  };

  const same: Record<string, string> = {
    "with Windows' line ends": good.replaceAll("\n", "\r\n"),
    "with a byte order mark": `\ufeff${good}`,
    "with both": `\ufeff${good.replaceAll("\n", "\r\n")}`,
    "with an anchor": `pools: &pools { master: 1, worker: 3 }\n${good.replace("{ master: 1, worker: 3 }", "*pools")}`,
    "with an anchor merged": `pools: &pools { master: 1, worker: 2 }\n${good.replace("{ master: 1,", "{ <<: *pools,")}`,
  };
  for (const [what, content] of Object.entries(same))
    it(`${what} says the same as without`, () => assert.deepEqual(read(content), [["lab", 1, 3]]));

  const grown = `a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c]\n`;
  const refused: [string, string | Buffer, RegExp][] = [
    ["with a tab", good.replace("    - name", "\t- name"), /odd\.yaml .*Tabs are not allowed .*line 4/],
    ["with a key twice", good.replace("pools:", "name: two\n      pools:"), /odd\.yaml .*keys must be unique .*line 5/],
    ["with an anchor that is nowhere", good.replace("lab", "*lab"), /Unresolved alias .*: lab/],
    ["with anchors that grow without end", `${grown}${good}`, /Excessive alias count/],
    ["of two documents", `${good}---\n${good}`, /multiple documents/],
    ["in UTF-16", Buffer.from(`\ufeff${good}`, "utf16le"), /odd\.yaml +found a text/],
    ["of any bytes", Buffer.from(Array.from({ length: 500 }, (_, at) => (at * 37) % 256)), /odd\.yaml +found/],
    ["that is a list", "- a\n", /found a list/],
    ["whose config is a list", "config: [1]\n", /found a config that is no mapping/],
    ["that is empty", "", /muster:clusters +found nothing/],
    [
      "with a cluster's name in capitals",
      good.replace("lab", "Lab"),
      /clusters\[0\]\.name +found "Lab" +allowed: 1 to 20 of a–z/,
    ],
    [
      "with a cluster's name of 64 letters",
      good.replace("lab", "l".repeat(64)),
      /clusters\[0\]\.name .*allowed: 1 to 20/,
    ],
    ["with a pool's name in capitals", good.replace("worker", "Worker"), /pools\.Worker .*allowed: 1 to 20 of a–z/],
    ["with a pool's name of 64 letters", good.replace("worker", "w".repeat(64)), /pools\W.*allowed: 1 to 20 of a–z/],
  ];
  for (const [what, content, told] of refused)
    it(`${what} is refused with the place, and without a stack trace`, () => {
      let thrown: unknown;
      try {
        read(content);
      } catch (error) {
        thrown = error;
      }
      const { text, code } = explain(thrown, "Pulumi.odd.yaml");
      assert.equal(code, 2, text);
      assert.match(text, told);
      assert.doesNotMatch(text, /\n\s+at /);
    });

  it("that is a folder is refused by name", () => {
    mkdirSync(join(home, "Pulumi.odd.yaml"));
    assert.throws(() => readEnvironment("odd"), /Pulumi\.odd\.yaml +found a folder/);
  });
});
