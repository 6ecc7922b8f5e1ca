import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const libexec = join(import.meta.dirname, "../../../roles/hdfs/templates/hdfs/opt/hadoop/libexec");

const program = `
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from hdfs_store import Refused, Store
folder = Path(sys.argv[2])
view = {"cluster": {"uid": "u1", "formatted": json.loads(sys.argv[3])}}
store = Store(root=folder / "hdfs", node_mark=folder / "node/hdfs", view=view, site=folder / "hdfs-site.xml")
try:
    decision = store.decide()
    if sys.argv[4] == "format":
        store.begin()
    elif sys.argv[4] == "mark":
        store.mark()
    print(decision)
except Refused as refusal:
    print("refused:", refusal)
`;

const version = "#comment\nnamespaceID=1\nclusterID=CID-u1\n";
const store = { "hdfs/name/current/VERSION": version, ...image() };
function image() {
  return {
    "hdfs/name/current/fsimage_0000000000000000000": "x",
    "hdfs/name/current/fsimage_0000000000000000000.md5": "y",
  };
}

/** What the guard decides on a node with these files; then, if told, does its next step. */
function decide(folder: string, files: Record<string, string>, formatted: string[] = [], then = ""): string {
  const site = (path: string) =>
    `<configuration><property><name>dfs.namenode.name.dir</name><value>file://${path}</value></property></configuration>`;
  for (const [path, content] of Object.entries({ "hdfs-site.xml": site(join(folder, "hdfs/name")), ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content.replace("FOLDER", folder));
  }
  const argv = ["-IB", "-c", program, libexec, folder, JSON.stringify(formatted), then];
  return execFileSync("python3", argv, { encoding: "utf8" }).trim();
}

describe("the guard before HDFS is formatted", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "muster-store-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const begun = { "hdfs/format-begun": "{}" };
  const rows: [string, Record<string, string>, string[], RegExp][] = [
    ["nothing was ever there", {}, [], /^format$/],
    ["an empty folder", { "hdfs/members.json": "[]" }, [], /^format$/],
    ["a whole store", store, [], /^there$/],
    ["a whole store, known from earlier runs", store, ["hdfs"], /^there$/],
    [
      "a whole store of another cluster",
      { ...store, "hdfs/name/current/VERSION": "clusterID=CID-u2\n" },
      [],
      /^refused.*another cluster.*CID-u2/,
    ],
    [
      "VERSION only, after a format of ours was interrupted",
      { "hdfs/name/current/VERSION": version, ...begun },
      [],
      /^format$/,
    ],
    [
      "an unfinished image, after a format of ours was interrupted",
      { "hdfs/name/current/VERSION": version, "hdfs/name/current/fsimage.ckpt_0000000000000000000": "x", ...begun },
      [],
      /^format$/,
    ],
    [
      "VERSION only, and nobody knows why",
      { "hdfs/name/current/VERSION": version },
      [],
      /^refused.*not a whole HDFS store/,
    ],
    ["an image without VERSION", image(), [], /^refused.*not a whole HDFS store/],
    [
      "an image without its checksum",
      { "hdfs/name/current/VERSION": version, "hdfs/name/current/fsimage_0000000000000000000": "x" },
      [],
      /^refused/,
    ],
    [
      "an empty volume, but earlier runs formatted one",
      {},
      ["hdfs"],
      /^refused.*an earlier run of this cluster says so/,
    ],
    [
      "an empty volume, but the node remembers a store",
      { "node/hdfs": '{"path":"FOLDER/hdfs"}' },
      [],
      /^refused.*node\/hdfs says so/,
    ],
    [
      "an empty name folder on a volume that had a store",
      { "hdfs/formatted": "{}" },
      [],
      /^refused.*hdfs\/formatted says so/,
    ],
    [
      "an empty name folder beside a checkpoint",
      { "hdfs/checkpoint/current/VERSION": "x" },
      [],
      /^refused.*checkpoint/,
    ],
    ["an empty name folder beside blocks", { "hdfs/data/current/BP-1-2-3/x": "x" }, [], /^refused.*blocks/],
    [
      "an interrupted format, but blocks are there",
      { "hdfs/name/current/VERSION": version, ...begun, "hdfs/data/current/BP-1/x": "" },
      [],
      /^refused.*blocks/,
    ],
    [
      "a changed path in the configuration",
      {
        "hdfs-site.xml":
          "<configuration><property><name>dfs.namenode.name.dir</name><value>file:///elsewhere</value></property></configuration>",
      },
      [],
      /^refused.*must stay/,
    ],
    [
      "a store that was somewhere else before",
      { "node/hdfs": '{"path":"/data/old"}' },
      [],
      /^refused.*was at \/data\/old/,
    ],
  ];
  for (const [what, files, formatted, expected] of rows) {
    it(`${what}: ${expected.source}`, () => {
      assert.match(decide(folder, files, formatted), expected);
    });
  }

  it("puts the leftovers of an interrupted format aside and removes nothing", () => {
    decide(folder, { "hdfs/name/current/VERSION": version, ...begun }, [], "format");
    const names = readdirSync(join(folder, "hdfs")).sort();
    assert.equal(names[0], "format-begun");
    assert.match(names[1] ?? "", /^name\.interrupted-\d+$/);
    assert.deepEqual(readdirSync(join(folder, "hdfs", names[1] ?? "", "current")), ["VERSION"]);
    assert.equal(decide(folder, {}), "format");
  });

  it("refuses for ever once the store was marked, until it is back", () => {
    assert.equal(decide(folder, { ...store, ...begun }, [], "mark"), "there");
    rmSync(join(folder, "hdfs"), { recursive: true });
    assert.match(decide(folder, {}), /^refused/);
    assert.equal(decide(folder, store), "there");
  });
});
