import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobNode } from "../../../contract/job.ts";
import { filesLeftHere, folderFor, newSubmission, nodeFor } from "../../../cli/jobs/submission.ts";
import { givenJob, givenNode } from "../cli/given.ts";

const people = { loginUser: "muster", users: [{ name: "ada", uid: 10001, sshKeys: [], sudo: false }] };
const peopled = (node: JobNode): JobNode => ({ ...node, view: { ...node.view, ...people } });

describe("a job that is submitted", () => {
  const job = {
    ...givenJob,
    nodes: [
      ...givenJob.nodes.filter(({ pool }) => pool === "master"),
      ...[1, 2].map((at) => givenNode(`dev-worker-${at}`, ["worker"], ["datanode", "nodemanager"])),
    ].map(peopled),
  };
  const master = nodeFor(job, undefined);
  const now = new Date("2026-11-22T10:20:30.400Z");
  const submitted = (command: string[], wish = {}) => newSubmission(job, master, command, wish, now);
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "muster-jobs-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("runs where users work, or on the first node that is meant", () => {
    assert.equal(master.name, "dev-master-1");
    assert.equal(nodeFor(job, "worker").name, "dev-worker-1");
    assert.equal(nodeFor(job, "worker-2").name, "dev-worker-2");
    assert.throws(() => nodeFor(job, "wroker-2"), /did you mean/);
  });

  it("has an id of its time, its program and chance, and is watched where jobs run", () => {
    const one = submitted(["/usr/local/bin/Spark_Submit --class A app.jar"]);
    assert.match(one.id, /^20261122-102030-spark-submit-[0-9a-f]{4}$/);
    assert.deepEqual(
      [one.user, one.watch, one.timeoutSeconds],
      ["muster", ["dev-worker-1", "dev-worker-2"], undefined],
    );
    assert.equal(one.line, "/usr/local/bin/Spark_Submit --class A app.jar");
    assert.equal(submitted(["echo", "it's", "a b"]).line, `echo 'it'\\''s' 'a b'`);
    assert.match(submitted(["'"]).id, /-job-[0-9a-f]{4}$/);
  });

  it("is refused with what is allowed", () => {
    for (const [command, wish, reason] of [
      [[], {}, /which command\?/],
      [["x"], { name: "No spaces" }, /--name No spaces: 1 to 40/],
      [["x"], { user: "adda" }, /--user adda: no user of dev; .*"?ada"?/],
      [["x"], { timeout: "1.5" }, /--timeout 1\.5: whole seconds/],
      [["x"], { timeout: "0" }, /--timeout 0/],
      [["x"], { file: ["/nowhere/x"] }, /--file \/nowhere\/x: there is no such/],
    ] as const)
      assert.throws(
        () => submitted([...command], { ...wish, ...("file" in wish ? { file: [...wish.file] } : {}) }),
        reason,
      );
  });

  it("takes files along by their names, of which none may be there twice", () => {
    for (const sub of ["a", "b"]) {
      mkdirSync(join(folder, sub));
      writeFileSync(join(folder, sub, "x.py"), "");
    }
    const [one, other] = ["a", "b"].map((sub) => join(folder, sub, "x.py"));
    assert.deepEqual(submitted(["x"], { file: [one, `${folder}/a/`] }).given, ["x.py", "a"]);
    assert.throws(() => submitted(["x"], { file: [one, other] }), /two are called x\.py/);
  });

  it("names files of its command that stay here", () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      for (const name of ["pi.py", "data.csv"]) writeFileSync(join(folder, name), "");
      assert.deepEqual(
        filesLeftHere(submitted(["spark-submit", "pi.py", "data.csv", "/etc/hosts"], { file: ["pi.py"] })),
        ["data.csv"],
      );
    } finally {
      process.chdir(before);
    }
  });

  it("is known to MapReduce by the same name as to everything else that it starts", () => {
    const source = (path: string): string => readFileSync(join(import.meta.dirname, "../../..", path), "utf8");
    const [, mark] = /^MARK = "(\w+)"$/m.exec(source("runner/node/lib/muster_node/jobs/__init__.py")) ?? [];
    const [, asked] = /"mapreduce\.job\.tags": "\$\{env\.(\w+):-\}"/.exec(source("plan/services/mapreduce.ts")) ?? [];
    assert.equal(asked, mark);
    assert.ok(mark !== undefined);
  });

  it("comes home to a folder that is new or empty", () => {
    assert.equal(folderFor(join(folder, "new"), "id"), join(folder, "new"));
    assert.equal(folderFor(folder, "id"), folder);
    writeFileSync(join(folder, "x"), "");
    assert.throws(() => folderFor(folder, "id"), /it holds something/);
    assert.throws(() => folderFor(join(folder, "x"), "id"), /a file; a new folder/);
  });
});
