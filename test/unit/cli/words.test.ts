import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { validUntil } from "../../../cli/access.ts";
import { changesOf, describeChanges, isNothing, listed } from "../../../cli/changes.ts";
import { nodesMeant, workplace } from "../../../cli/commands/run.ts";
import { webPages } from "../../../cli/commands/tunnel.ts";
import { bytes, holdingsText } from "../../../cli/data/holdings.ts";
import { Complaints, describeFailure, mistakesAmong, withoutNoise } from "../../../cli/engine/engine-error.ts";
import { explain, misuse } from "../../../cli/exit.ts";
import { describeRun, exitOf, when, worst } from "../../../cli/report.ts";
import { nodeNamed, remoteWords } from "../../../cli/ssh.ts";
import { UserMistakes } from "../../../plan/mistake.ts";
import { certify } from "../../../runner/ssh/certificate.ts";
import { ed25519KeyPair } from "../../../contract/ssh-key.ts";
import { givenJob, givenNode, givenSummary } from "./given.ts";

const urn = (type: string, name: string): string => `urn:pulumi:dev::muster::${type}::${name}`;

describe("what an update would do", () => {
  it("is told without the engine's own things, a replacement as leaving", () => {
    const changes = changesOf([
      { urn: urn("pulumi:pulumi:Stack", "muster-dev"), op: "update" },
      { urn: urn("pulumi:providers:command", "default"), op: "create" },
      { urn: urn("muster:index:Cluster$command:local:Command", "dev-worker-3"), op: "create" },
      { urn: urn("muster:index:Cluster$command:local:Command", "dev-ready"), op: "update" },
      { urn: urn("muster:index:Cluster$command:local:Command", "dev-worker-2"), op: "delete" },
      { urn: urn("muster:index:Cluster$command:local:Command", "dev-worker-1"), op: "replace" },
    ]);
    assert.equal(
      describeChanges(changes),
      "makes dev-worker-3; changes dev-ready; takes away dev-worker-2, dev-worker-1",
    );
    assert.equal(isNothing(changes), false);
    assert.equal(isNothing(changesOf([])), true);
  });

  it("does not list thousands", () => assert.equal(listed(["a", "b", "c"], 2), "a, b and 1 more"));
});

describe("words for a node's shell", () => {
  it("arrive as they were typed", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string().filter((word) => !word.includes("\0")),
          { minLength: 1 },
        ),
        (words) => {
          const shell = execFileSync("sh", ["-c", `printf '%s\\0' ${remoteWords(words)}`], { encoding: "utf8" });
          assert.deepEqual(shell.split("\0").slice(0, -1), words);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("nodes", () => {
  it("are found by their name, or by what follows the cluster's", () => {
    assert.equal(nodeNamed(givenJob, "worker-2").name, "dev-worker-2");
    assert.equal(nodeNamed(givenJob, "dev-master-1").name, "dev-master-1");
    assert.throws(() => nodeNamed(givenJob, "workr-2"), /did you mean "dev-worker-2"/);
  });

  it("are meant by role, pool, daemon, all or name", () => {
    assert.deepEqual(nodesMeant(givenJob, "worker"), ["dev-worker-1", "dev-worker-2"]);
    assert.deepEqual(nodesMeant(givenJob, "namenode"), ["dev-master-1"]);
    assert.equal(nodesMeant(givenJob, "all").length, 3);
    assert.deepEqual(nodesMeant(givenJob, "worker-1"), ["dev-worker-1"]);
  });

  it("where users work are clients, else masters", () => {
    assert.equal(workplace(givenJob), "dev-master-1");
    const withClient = { ...givenJob, nodes: [...givenJob.nodes, givenNode("dev-client-1", ["client"])] };
    assert.equal(workplace(withClient), "dev-client-1");
  });

  it("show their web pages", () =>
    assert.deepEqual(
      webPages(givenJob).map((page) => [page.service, page.node, page.port, page.path]),
      [["hdfs-web", "dev-master-1", 9870, "/"]],
    ));
});

describe("what goes wrong", () => {
  it("is told without the engine's noise", () => {
    assert.equal(
      withoutNoise('error: exit status 1: running "muster-local host ensure":\nno space left'),
      "no space left",
    );
    const bridged = "error:   sdk-v2/provider2.go:572: sdk.helper_schema: Quota exceeded: provider=openstack@3.15.2";
    assert.equal(withoutNoise(bridged), "Quota exceeded");
    assert.equal(withoutNoise("error: boom\n    at run (/x/node_modules/a.js:1:2)"), "boom");
  });

  it("is told once, with the resource, and where the rest is", () => {
    const complaints = new Complaints();
    const diagnostic = (message: string, name?: string) =>
      complaints.hear({
        sequence: 1,
        timestamp: 1,
        diagnosticEvent: {
          message,
          severity: "error",
          color: "never",
          ...(name === undefined ? {} : { urn: urn("command:local:Command", name) }),
        },
      });
    diagnostic("exit status 1: no space left", "dev-worker-1");
    diagnostic("exit status 1: no space left", "dev-worker-1");
    diagnostic("update failed");
    const told = describeFailure(new Error("x"), complaints.list, "/log");
    assert.equal(told, "  ✖  dev-worker-1  no space left\n  everything the engine said: /log");
  });

  it("is a mistake when the program says so", () => {
    const text = "1 mistake, nothing was made\n\n  --parallel   found 1   allowed: 3 or more";
    assert.equal(mistakesAmong([{ text: `Running program failed:\n${text}` }]), text);
    assert.equal(mistakesAmong([{ text: "no space left" }]), undefined);
  });

  it("has its exit code, and no stack trace for what the user did", () => {
    const mistakes = new UserMistakes([{ path: "muster:cloud", found: "x", allowed: "local" }]);
    const told = explain(mistakes, "Pulumi.dev.yaml");
    assert.equal(told.code, 2);
    assert.match(told.text, /^muster: 1 mistake in Pulumi\.dev\.yaml, nothing was made\n\n {2}muster:cloud/);
    assert.deepEqual(explain(misuse("which node?"), ""), { text: "muster: which node?", code: 2 });
    assert.equal(explain(new Error("boom"), "").code, 1);
  });
});

describe("the end of a run", () => {
  const context = {
    cluster: "dev",
    command: (rest: string) => `./muster ${rest}`,
    someNode: "dev-master-1",
    folder: "/state",
    took: 79_000,
  };

  it("says how to go on", () => {
    const told = describeRun(givenSummary, context);
    // What the person waited, not the sum of stages.
    assert.match(told, /^dev is ready: 3 of 3 nodes, 1 check passed, 1 min 19 s\n/);
    assert.match(told, /log in +\.\/muster ssh dev-master-1/);
    assert.match(told, /time +machines 3\.1 s \+ converge 1 min 1 s \+ verify 20 s$/m);
  });

  it("names who is not ready, and why", () => {
    const nodes = givenSummary.nodes.map((node) =>
      node.name === "dev-worker-2"
        ? { ...node, state: "unreachable" as const, stage: "machine" as const, reason: "no route" }
        : node,
    );
    const told = describeRun({ ...givenSummary, state: "degraded", done: 2, nodes }, context);
    assert.match(told, /dev-worker-2 +unreachable +machine: no route/);
    assert.deepEqual(told.split("\n").slice(-3), [
      "  next  ./muster up                   goes on from here",
      "        ./muster repair dev-worker-2  gives that node a new machine, with its data",
      "        ./muster logs dev-worker-2    all logs: /state/logs",
    ]);
  });

  it("tells a refusal to its end, which says what to do", () => {
    const reason = `hdfs: ${"It is NOT formatted again. ".repeat(15)}Put the data back.`;
    const nodes = givenSummary.nodes.map((node) => ({ ...node, state: "failed" as const, reason }));
    assert.match(describeRun({ ...givenSummary, state: "failed", nodes }, context), /Put the data back\.$/m);
  });

  it("tells what a check found once, and in one line", () => {
    const clock = { name: "base: clock", ok: false, detail: "dev-worker-2: 2 s\nbehind", seconds: 1 };
    const reason = `${clock.name}: ${clock.detail}`;
    const nodes = givenSummary.nodes.map((node) =>
      node.name === "dev-worker-2" ? { ...node, state: "failed" as const, stage: "verify" as const, reason } : node,
    );
    const told = describeRun({ ...givenSummary, state: "failed", done: 2, nodes, checks: [clock] }, context);
    assert.deepEqual(told.split("\n"), [
      "dev is not ready: 2 of 3 nodes, 0 of 1 checks passed, 1 min 19 s",
      "  ✖  dev-worker-2  failed  verify: base: clock",
      "  ✖  base: clock  dev-worker-2: 2 s behind",
      "",
      "  next  ./muster up                   goes on from here",
      "        ./muster repair dev-worker-2  gives that node a new machine, with its data",
      "        ./muster logs dev-worker-2    all logs: /state/logs",
    ]);
  });

  it("means an exit code; the worst of several counts", () => {
    assert.deepEqual((["ready", "degraded", "failed"] as const).map(exitOf), [0, 3, 1]);
    assert.deepEqual([worst([0, 3]), worst([3, 1]), worst([])], [3, 1, 0]);
  });

  it("tells the day when it was not today", () => {
    const now = new Date(2026, 2, 2, 15, 0);
    assert.equal(when(new Date(2026, 2, 2, 9, 5).toISOString(), now), "today at 09:05");
    assert.equal(when(new Date(2026, 2, 1, 9, 5).toISOString(), now), "on 2026-03-01 at 09:05");
  });
});

describe("sizes and dates", () => {
  it("are told in binary units", () =>
    assert.deepEqual([0, 1023, 1536, 5 * 2 ** 30].map(bytes), ["0 B", "1023 B", "1.5 KiB", "5.0 GiB"]));

  it("what would be lost is counted to its end", () => {
    const rows = Array.from({ length: 23 }, (_, at) => [`hdfs: /user/u${at}`, "1 file, 1 B"]);
    assert.match(holdingsText(rows), /u19 .*\n {2}and 3 more$/);
    assert.match(holdingsText(rows.slice(0, 20)), /u19  1 file, 1 B$/);
  });

  it("a certificate's end is read from it", () => {
    const pair = ed25519KeyPair("ca");
    const certificate = certify(
      { kind: "user", publicKey: pair.public, keyId: "k", principals: ["muster"], validAfter: 5n, validBefore: 77n },
      pair.private,
    );
    assert.equal(validUntil(certificate), 77_000);
    assert.equal(validUntil("ssh-ed25519 AAAA x"), 0);
  });
});
