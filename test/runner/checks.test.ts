import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Check } from "../../contract/job.ts";
import { openSeconds } from "../hosts/test-hosts.ts";
import { type Ended, TestCluster } from "./cluster.ts";

/** Control characters that a terminal would obey; a line's end and tabs are none. */
const dangerous = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]/;

const onBoth = ["live-worker-1", "live-worker-2"];

/** A check of the cluster's owner, on the first node. */
const expected = (name: string, command: string, timeoutSeconds: number): Check => ({
  ...{ name, service: "base", on: onBoth.slice(0, 1), mode: "each", timeoutSeconds, required: true },
  run: ["base/expectation"],
  input: JSON.stringify({ command, user: "muster", exitCode: 0 }),
});

/** Stands before Python's own command, and puts a line before each program that it is given. */
const PYTHON_AHEAD = `#!/bin/sh
before=
for word; do
  shift
  if [ "$before" = -c ]; then
    set -- "$@" "import time; right = time.time; time.time = lambda: right() + 600
$word"
  else
    set -- "$@" "$word"
  fi
  before=$word
done
exec /usr/bin/python3 "$@"
`;

const clock: Check = {
  ...{ name: "base: clock", service: "base", on: onBoth, mode: "each", timeoutSeconds: 60, required: true },
  run: ["base/clock", "[]"],
};

describe("checks on real hosts", function () {
  this.timeout(240_000);
  const cluster = new TestCluster();
  const job = (note: string) => cluster.job([cluster.workerNode(1, note), cluster.workerNode(2, note)]);

  before(async function () {
    this.timeout(openSeconds * 1000);
    await cluster.open([1, 2]);
    cluster.deadlines = { converge: 120, verify: 120, total: 240 };
  });
  after(() => cluster.close());

  /** Everything that was written down about a run, and how much it is. */
  const written = (ended: Ended): string => {
    const logs = join(cluster.folder, "logs", cluster.lastRun());
    const files = [...readdirSync(logs).map((name) => join(logs, name)), join(cluster.folder, "last.json")];
    return [ended.stdout, ended.stderr, ...files.map((file) => readFileSync(file, "utf8"))].join("\n");
  };

  it("that never return end by their deadlines, by name; the others run, and nothing stays on the node", async () => {
    const stubborn = "trap '' TERM; setsid sleep 98765 & sleep 98765; sleep 98765";
    cluster.checks = [
      expected("never ends", stubborn, 5),
      expected("prints for ever", "yes 98765", 5),
      expected("prints no line's end", "cat /dev/zero", 5),
      expected("leaves a daemon", "setsid sleep 98765 & echo left it", 60),
      expected("is fine", "echo fine", 60),
    ];
    const { summary, stderr } = await cluster.run(job("endless"));
    assert.equal(summary?.state, "degraded", stderr);
    const found = Object.fromEntries(cluster.whole().checks.map(({ name, ok, detail }) => [name, ok ? "ok" : detail]));
    const late = "live-worker-1: took longer than 5 s";
    assert.deepEqual(found, {
      ...{ "base: every node ready": "ok", "base: firewall from outside": "ok" },
      ...{ "never ends": late, "prints for ever": late, "prints no line's end": late },
      ...{ "leaves a daemon": "ok", "is fine": "ok" },
    });
    assert.equal(summary.nodes[0]?.stage, "verify");
    const left = await cluster.inside("live-worker-1").run(["pgrep", "-a", "-f", "98765|/dev/zero|bin/check"]);
    assert.equal(left.stdout, "");
  });

  it("may say anything: it is told in a line, and neither terminal nor log is spoilt", async () => {
    const bytes = "head -c 1048576 /dev/urandom";
    const escapes = "printf '\\033[2J\\033]0;title\\007\\302\\2331A\\342\\200\\256'";
    cluster.checks = [
      { ...expected("noise", "", 60), run: ["fake/noise"] },
      expected("bytes", `${bytes}; exit 3`, 60),
      expected("a long line", `head -c 1048576 /dev/zero | tr '\\0' x; ${escapes}; echo its end; exit 4`, 60),
    ];
    const ended = await cluster.run(job("noise"));
    assert.equal(ended.summary?.state, "degraded", ended.stderr);
    const details = cluster
      .whole()
      .checks.filter(({ ok }) => !ok)
      .map(({ detail }) => detail);
    assert.match(details[0] ?? "", /^live-worker-1: exit code 3, expected 0: /);
    assert.match(details[1] ?? "", /^live-worker-1: exit code 4, expected 0: x+ ?its end$/);
    const all = written(ended);
    assert.doesNotMatch(all, dangerous);
    assert.ok(all.length < 400_000, `${all.length} characters`);
  });

  it("and steps and logins may say anything too", async () => {
    cluster.checks = [];
    const garbage = "head -c 1048576 /dev/urandom; printf '\\033[2J\\n'";
    await cluster.onHost(
      "live-worker-2",
      `echo "${garbage}" >~muster/.greeting; sed -i '1i . ~/.greeting' ~muster/.bashrc`,
    );
    await cluster.onHost(
      "live-worker-2",
      `cat >/etc/muster/meanwhile <<'END'\n${garbage}\n${garbage} >>"$events"\n` +
        `printf '\\n{"state":"progress","text":"\\\\u001b[2J%s"}\\n' "$(head -c 1048576 /dev/zero | tr '\\0' y)" >>"$events"\n` +
        `printf '{"state":"failed","text":"\\\\u001b[31mred\\\\u009b1A\\\\u202e"}\\n' >>"$events"\nexit 1\nEND`,
    );
    const ended = await cluster.run(job("garbage"));
    assert.deepEqual(
      ended.summary?.nodes.map(({ name, stage, reason }) => [name, stage, reason]),
      [["live-worker-2", "prepare", "red"]],
      ended.stderr,
    );
    const all = written(ended);
    assert.doesNotMatch(all, dangerous);
    assert.ok(all.length < 400_000, `${all.length} characters`);
    await cluster.onHost("live-worker-2", "rm /etc/muster/meanwhile");
    const healed = await cluster.run(job("garbage"), 2);
    assert.equal(healed.summary?.state, "ready", healed.stderr);
    await cluster.onHost("live-worker-2", "sed -i 1d ~muster/.bashrc");
  });

  it("of clocks name the host whose clock is wrong, with the seconds", async () => {
    cluster.checks = [clock];
    const right = await cluster.run(job("right"));
    assert.equal(right.summary?.state, "ready", right.stderr);
    // Containers share their machine's clock: what programs given to this one's Python see of it is 10 minutes ahead.
    const python = "/usr/local/bin/python3";
    await cluster.inside("live-worker-2").write(python, PYTHON_AHEAD);
    await cluster.onHost("live-worker-2", `chmod 755 ${python}`);
    const wrong = await cluster.run(job("wrong"));
    await cluster.onHost("live-worker-2", `rm ${python}`);
    assert.equal(wrong.summary?.state, "degraded", wrong.stderr);
    const told = /base: clock.*live-worker-2: clock is \+(599|600)\.\d s from that of the machine that asks/;
    assert.match(wrong.stderr, told);
    assert.equal(wrong.summary.nodes[0]?.name, "live-worker-2");
    const again = await cluster.run(job("right"), 2);
    assert.equal(again.summary?.state, "ready", again.stderr);
  });
});
