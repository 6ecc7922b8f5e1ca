import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownFilesIn } from "../../components/own-files.ts";
import { PoolCluster } from "../../components/pool-cluster.ts";
import { ownContentFile, packOwnContent, type OwnFile } from "../../contract/own-content.ts";
import { answer } from "../mock/commands.ts";
import { FakeCloud } from "../mock/fake-cloud.ts";
import { mockRun } from "../mock/monitor.ts";
import { withStateFolder } from "../mock/state-folder.ts";

describe("files of own steps", () => {
  withStateFolder();
  let project = "";

  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), "muster-own-"));
    mkdirSync(join(project, "files/deep/.git"), { recursive: true });
    writeFileSync(join(project, "files/deep/b"), "b\0\xff", { encoding: "latin1" });
    writeFileSync(join(project, "files/deep/.git/config"), "");
    writeFileSync(join(project, "files/x.pyc"), "");
    writeFileSync(join(project, "files/run"), "#!/bin/sh\n", { mode: 0o755 });
  });
  afterEach(() => rmSync(project, { recursive: true }));

  it("are read by paths below the project, whole and as they are, without what tools leave", () => {
    const read = ownFilesIn(project);
    assert.deepEqual(read("files"), [
      { path: "deep/b", executable: false, data: Buffer.from([0x62, 0, 0xff]).toString("base64") },
      { path: "run", executable: true, data: Buffer.from("#!/bin/sh\n").toString("base64") },
    ]);
    assert.deepEqual(
      read("./files/run").map(({ path }) => path),
      ["run"],
    );
  });

  it("are refused outside of it, by absolute paths, by links, and where they are too many", () => {
    const read = ownFilesIn(project);
    symlinkSync("/etc", join(project, "etc"));
    mkdirSync(join(project, "empty"));
    writeFileSync(join(project, "large"), Buffer.alloc(17 * 1024 * 1024));
    assert.throws(() => read("../"), /outside the project/);
    assert.throws(() => read("etc/hostname"), /outside the project/);
    assert.throws(() => read("/etc/hostname"), /relative to the project/);
    assert.throws(() => read("gone"), /no such file or folder/);
    assert.throws(() => read("empty"), /an empty folder/);
    assert.throws(() => read("large"), /17 MiB, at most 16/);
  });

  it("are put where the runner finds them by the hash that the job names", async () => {
    const steps = [{ file: "files", to: "/srv/files" }];
    const run = () => {
      const cluster = new PoolCluster("web", {
        cloud: new FakeCloud(),
        bundle: "b",
        folder: project,
        pools: { a: 1 },
        steps,
      });
      return { nodes: cluster.nodes };
    };
    assert.equal((await mockRun(run, { answer })).error, undefined);
    const { sha, text } = packOwnContent({ files: ownFilesIn(project)("files") });
    const file = ownContentFile("muster.dev.web", sha);
    assert.ok(existsSync(file), file);
    assert.equal(readFileSync(file, "utf8"), text);
  });

  it("have a hash that no order changes, and each change of a byte, a name or a mode does", () => {
    const [a, b]: OwnFile[] = [
      { path: "a", executable: false, data: "YQ==" },
      { path: "b", executable: false, data: "Yg==" },
    ];
    assert.ok(a !== undefined && b !== undefined);
    const of = (...files: OwnFile[]) => packOwnContent({ files }).sha;
    assert.equal(of(a, b), of(b, a));
    const others = [
      of(a),
      of(a, { ...b, data: "Yw==" }),
      of(a, { ...b, executable: true }),
      of(a, { ...b, path: "c" }),
    ];
    assert.equal(new Set([of(a, b), ...others]).size, 5);
  });
});
