import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import type { OwnStep } from "../../../contract/node-view.ts";

const LIB = join(import.meta.dirname, "../../../runner/node/lib");

/** Runs the node's own module in folders of the test; a step's content is `<folder>/own/<content>/`. */
const PROGRAM = `
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
from muster_node import own, own_kinds, own_record, reboots
from muster_node.ansible_run import Failed, RebootAsked
from muster_node.events import Events
folder, asked = Path(sys.argv[2]), json.load(sys.stdin)
own_kinds.CONTENTS, own_record.RECORDS = folder / "own", folder / "records"
own_kinds.LOGS = own_record.LOGS = folder / "logs"
reboots.ASKED, reboots.RUN, reboots.OWED = folder / "asked.json", folder / "run", folder / "run/reboot"
script = own_kinds.KINDS["script"]
def role(step, *rest):
    script(step, *rest)
    if (folder / "asks").exists():
        raise RebootAsked("drivers: Boot it")
    return []
own_kinds.KINDS["role"] = role
try:
    gone = own.forget(asked["view"])
    print(json.dumps({"done": own.run(asked["view"], asked["when"], Events(None), asked["thorough"]), "gone": gone}))
except Failed as problem:
    print(json.dumps({"failed": str(problem)}))
except RebootAsked as asked:
    print(json.dumps({"reboot": str(asked)}))
`;

interface Answer {
  done?: number;
  gone?: number;
  failed?: string;
  reboot?: string;
}

describe("a node's own steps", function () {
  this.timeout(30_000);
  const { username } = userInfo();
  const group = execFileSync("id", ["-gn"], { encoding: "utf8" }).trim();
  let folder = "";

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "muster-steps-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const put = (path: string, text: string, mode = 0o755): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    chmodSync(join(folder, path), mode);
  };
  const ran = () => (existsSync(join(folder, "ran")) ? readFileSync(join(folder, "ran"), "utf8") : "");
  const script = (text: string, more: Partial<OwnStep> = {}): OwnStep => {
    const content = Buffer.from(text).toString("hex").slice(0, 40) || "none";
    put(`own/${content}/go`, text);
    const own = { name: "go", when: "after", kind: "script", source: "mine/go", entry: "go" } as const;
    return { ...own, content, user: username, timeoutSeconds: 10, ...more };
  };
  const run = (own: OwnStep[], { when = "after", thorough = false, masters = ["m"] } = {}): Answer => {
    const node = { name: "n", address: "10.0.0.1", pool: "p", ordinal: 1, roles: ["worker", "client"], groups: [] };
    const view = { cluster: { name: "c" }, node, masters: masters.map((name) => ({ name })), own };
    const input = JSON.stringify({ view, when, thorough });
    const ended = spawnSync("python3", ["-c", PROGRAM, LIB, folder], { input, encoding: "utf8", timeout: 25_000 });
    assert.equal(ended.status, 0, ended.stderr);
    return JSON.parse(ended.stdout.trim().split("\n").at(-1) ?? "") as Answer;
  };

  it("run once, in order, at their moment, and again when anything of them changed", () => {
    const log = (word: string, more: Partial<OwnStep> = {}) =>
      script(`echo ${word} $1 >>${folder}/ran`, { name: word, ...more });
    const steps = [log("b"), log("a", { args: ["x"] }), log("early", { when: "before" })];
    assert.deepEqual(run(steps), { done: 2, gone: 0 });
    assert.equal(ran(), "b\na x\n");
    assert.equal(run(steps, { when: "before" }).done, 1);
    assert.equal(run(steps).done, 0);
    assert.equal(run([log("b"), log("a", { args: ["y"] })]).done, 1);
    assert.equal(ran(), "b\na x\nearly\na y\n");
  });

  it("that ask for a reboot are run again after it, once, and those after them not before", () => {
    const role = script(`echo role >>${folder}/ran`, { name: "drivers", kind: "role" });
    const steps = [role, script(`echo x >>${folder}/ran`)];
    const asked = { reboot: "own step drivers (drivers: Boot it)" };
    const reboot = () => rmSync(join(folder, "run"), { recursive: true });
    put("asks", "");
    assert.deepEqual(run(steps), asked);
    assert.deepEqual(run(steps), asked, "nothing goes on before the reboot, whoever was cut off");
    assert.equal(ran(), "role\n");
    reboot();
    rmSync(join(folder, "asks"));
    assert.equal(run(steps).done, 2);
    assert.equal(ran(), "role\nrole\nx\n");
    put("asks", "");
    assert.deepEqual(run(steps, { thorough: true }), asked, "another time it may ask again");
    reboot();
    assert.deepEqual(run(steps, { masters: ["other"] }), asked);
    reboot();
    const again =
      "drivers: Boot it: asks for a reboot again right after its reboot; let it ask only when something changed";
    const failed = { failed: `own step drivers (mine/go): ${again}` };
    assert.deepEqual(run(steps, { masters: ["other"] }), failed);
    assert.deepEqual(run(steps, { masters: ["other"] }), failed);
    assert.deepEqual(run([{ ...role, args: ["mended"] }]), asked);
  });

  it("do not run a script again for being looked at thoroughly, nor because the cluster changed", () => {
    const steps = [script(`echo x >>${folder}/ran`)];
    run(steps);
    assert.equal(run(steps, { thorough: true, masters: ["m", "n"] }).done, 0);
    assert.equal(ran(), "x\n");
  });

  it("that fail say step, file and the last words, and are begun again; what was done before stays done", () => {
    const first = script(`echo x >>${folder}/ran`, { name: "first" });
    const failing = script("echo one; echo two >&2; exit 3");
    const why = "own step go (mine/go): exit code 3: one / two";
    assert.deepEqual(run([first, failing]), { failed: why });
    assert.deepEqual(run([first, failing]), { failed: why });
    assert.equal(ran(), "x\n");
    assert.deepEqual(run([first, script("true")]), { done: 1, gone: 0 });
    assert.match(run([script("exit 1", { name: "mute" })]).failed ?? "", /exit code 1, it said nothing$/);
    assert.match(run([script("kill -9 $$")]).failed ?? "", /ended by SIGKILL/);
    assert.match(run([script("true #", { user: "nobody-here" })]).failed ?? "", /no user nobody-here on this node/);
  });

  it("that never end are ended with what they started, and named", () => {
    const endless = script(`echo waiting; sleep 300 & echo $! >${folder}/pid; wait`, { timeoutSeconds: 1 });
    assert.equal(run([endless]).failed, "own step go (mine/go): did not end within 1 s: waiting");
    const pid = readFileSync(join(folder, "pid"), "utf8").trim();
    const state = existsSync(`/proc/${pid}/stat`)
      ? readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.[0]
      : "gone";
    assert.ok(state === "gone" || state === "Z", state);
  });

  it("tell a script where it is", () => {
    const words = ["CLUSTER", "NODE", "ADDRESS", "POOL", "ORDINAL", "ROLES", "MASTERS"].map(
      (word) => `$MUSTER_${word}`,
    );
    run([script(`#!/bin/bash\necho ${words.join("/")} >${folder}/ran`)], { masters: ["m1", "m2"] });
    assert.equal(ran(), "c/n/10.0.0.1/p/1/worker client/m1 m2\n");
  });

  it("copy files with their modes; what a step no longer names goes, and everything when it is gone", () => {
    put("own/f1/a/one", "1", 0o644);
    put("own/f1/two", "2");
    put("own/f2/two", "22");
    const target = join(folder, "target");
    const files = (content: string, more: Partial<OwnStep> = {}): OwnStep => ({
      ...{ name: "files", when: "after", kind: "file", source: "mine/files", content, to: target },
      ...{ owner: username, group, ...more },
    });
    const mode = (path: string) => (statSync(join(target, path)).mode & 0o777).toString(8);
    run([files("f1")]);
    assert.deepEqual([mode("a/one"), mode("two")], ["644", "755"]);
    run([files("f2", { mode: "0600" })]);
    assert.ok(!existsSync(join(target, "a/one")));
    assert.deepEqual([readFileSync(join(target, "two"), "utf8"), mode("two")], ["22", "600"]);
    assert.deepEqual(run([]), { done: 0, gone: 1 });
    assert.ok(!existsSync(join(target, "two")));
    assert.match(
      run([files("f2", { owner: "nobody-here" })]).failed ?? "",
      /own step files \(mine\/files\): no such user: 'nobody-here'/,
    );
  });
});
