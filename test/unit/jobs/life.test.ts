import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { jobReport, type JobReport, type Submission } from "../../../contract/submission.ts";

const LIB = join(import.meta.dirname, "../../../runner/node/lib");

/** The node's own modules in a folder of the test. Nobody starts units: what works for a job is started by the test. */
const PROGRAM = `
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
from muster_node import jobs
from muster_node.jobs import collect, follow, sample, supervise, watch
folder, what, words = Path(sys.argv[2]), sys.argv[3], sys.argv[4:]
jobs.JOBS, sample.FIGURES = folder / "jobs", folder / "figures"
jobs.is_started = follow.is_started = lambda job: False
sample.Exported.leave = lambda self: None
view = json.loads((folder / "view.json").read_text())
supervise.view = lambda: view
collect.LOGS_SECONDS = collect.HISTORY_SECONDS = supervise.TERM_SECONDS = 2
watch.PROGRAM = str(folder / "sampler")
if what == "create":
    import os
    jobs.create(json.load(sys.stdin), os.getuid(), os.getgid())
elif what == "supervise":
    supervise.Supervisor(words[0]).run()
elif what == "follow":
    sys.exit(follow.follow(words[0], int(words[1]), int(words[2]), 5))
elif what == "show":
    print(json.dumps(jobs.shown(words[0])))
elif what == "sample":
    sample.run(words[0], "m-1", {"job_id": words[0]}, 0.2)
`;

describe("a job on its node", function () {
  this.timeout(120_000);
  let folder = "";
  let server: Server | undefined;
  let count = 0;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "muster-job-"));
    writeFileSync(join(folder, "program.py"), PROGRAM);
    // What runs on a node as bin/job sample.
    const sampler = `#!/bin/sh\nshift\nexec python3 -I '${folder}/program.py' '${LIB}' '${folder}' sample "$1"\n`;
    writeFileSync(join(folder, "sampler"), sampler, { mode: 0o755 });
    writeView({});
  });
  afterEach(() => {
    server?.close();
    server = undefined;
    rmSync(folder, { recursive: true });
  });

  const writeView = (services: object): void =>
    writeFileSync(
      join(folder, "view.json"),
      JSON.stringify({ cluster: { name: "lab", kind: "pool" }, node: { name: "m-1" }, loginUser: "muster", services }),
    );
  const argv = (...words: string[]): string[] => ["-I", join(folder, "program.py"), LIB, folder, ...words];
  const home = (id: string, ...path: string[]): string => join(folder, "jobs", id, "home", ...path);
  const report = (id: string): JobReport => jobReport.parse(JSON.parse(readFileSync(home(id, "job.json"), "utf8")));
  const show = (id: string): { stage: string; state: string } =>
    JSON.parse(execFileSync("python3", argv("show", id), { encoding: "utf8" })) as { stage: string; state: string };

  /** Processes that a job started: they carry its mark in their environment. */
  const ofJob = (id: string): number[] =>
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`MUSTER_JOB=${id}`)
            ? [Number(pid)]
            : [];
        } catch {
          return [];
        }
      });

  const created = (line: string, more: Partial<Submission> = {}): string => {
    const id = `20261122-100000-x-${String(++count).padStart(4, "0")}`;
    const { username } = userInfo();
    const own = { id, name: "x", user: username, command: [line], line, given: [], watch: [], sampleSeconds: 1 };
    const spec: Submission = { ...own, submitted: "2026-11-22T10:00:00.000Z", ...more };
    execFileSync("python3", argv("create"), { input: JSON.stringify(spec) });
    return id;
  };
  const run = (id: string): void => {
    const done = spawnSync("python3", argv("supervise", id), { encoding: "utf8" });
    assert.equal(done.status, 0, done.stderr);
  };

  /** Not waited for by this process alone, which has to answer meanwhile. */
  const supervised = async (id: string): Promise<void> => {
    const supervisor = spawn("python3", argv("supervise", id), { stdio: "ignore" });
    await new Promise((resolve) => supervisor.once("close", resolve));
  };
  const listening = async (): Promise<{ address: string; web: number }> => {
    await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    return { address: "127.0.0.1", web: (server?.address() as AddressInfo).port };
  };

  it("runs in a folder of its own, and leaves its output, its end and what it took", () => {
    const id = created("pwd; echo no >&2; python3 -c 'x = bytearray(64 << 20); import time; time.sleep(1.5)'; exit 7");
    assert.equal(show(id).stage, "created");
    run(id);
    assert.equal(readFileSync(home(id, "stdout"), "utf8"), `${join(folder, "jobs", id, "work")}\n`);
    assert.equal(readFileSync(home(id, "stderr"), "utf8"), "no\n");
    const told = report(id);
    assert.deepEqual([told.state, told.exitCode, told.applications, told.notes], ["failed", 7, [], []]);
    assert.ok(told.seconds >= 1.5, `${told.seconds} s`);
    assert.deepEqual(
      told.usage.map(({ node, application }) => [node, application]),
      [["m-1", null]],
    );
    assert.ok((told.usage[0]?.peakMemoryMiB ?? 0) > 64, JSON.stringify(told.usage));
    const table = readFileSync(home(id, "metrics.csv"), "utf8");
    assert.match(table, /^time,node,application,pid,program,cpu_seconds,memory_mib,read_mib,written_mib\n/);
    assert.match(readFileSync(join(folder, "figures", `${id}.prom`), "utf8"), new RegExp(`job_id="${id}"`));
    assert.deepEqual([show(id).stage, show(id).state], ["done", "failed"]);
  });

  it("is told to whoever comes back, from the place on that they know", async () => {
    const id = created("echo one; sleep 1; echo two; echo three >&2");
    const supervisor = spawn("python3", argv("supervise", id), { stdio: "ignore" });
    const ended = new Promise((resolve) => supervisor.once("close", resolve));
    while (!readdirSync(home(id)).includes("stdout")) await pause(20);
    const follow = (stdout: number, stderr: number) =>
      spawnSync("python3", argv("follow", id, String(stdout), String(stderr)));
    const first = follow(0, 0);
    assert.deepEqual([first.status, String(first.stdout), String(first.stderr)], [0, "one\ntwo\n", "three\n"]);
    await ended;
    const again = follow(4, 6);
    assert.deepEqual([again.status, String(again.stdout), String(again.stderr)], [0, "two\n", ""]);
  });

  it("is ended with all it started when its time is up, and when it is cancelled", async () => {
    const late = created("setsid sleep 321 & trap '' TERM; while :; do sleep 0.2; done", { timeoutSeconds: 1 });
    run(late);
    assert.deepEqual([report(late).state, report(late).exitCode], ["timed out", 124]);
    const id = created("echo there; exec sleep 322");
    const supervisor = spawn("python3", argv("supervise", id), { stdio: "ignore" });
    const ended = new Promise((resolve) => supervisor.once("close", resolve));
    while (!readdirSync(home(id)).includes("stdout") || readFileSync(home(id, "stdout"), "utf8") === "")
      await pause(20);
    assert.deepEqual([show(id).stage, show(id).state], ["running", "running"]);
    supervisor.kill("SIGTERM");
    await ended;
    assert.deepEqual([report(id).state, report(id).exitCode], ["cancelled", 143]);
    assert.deepEqual([...ofJob(late), ...ofJob(id)], []);
  });

  it("is lost when what works for it is gone", async () => {
    const id = created("echo there; exec sleep 323");
    const supervisor = spawn("python3", argv("supervise", id), { stdio: "ignore", detached: true });
    const ended = new Promise((resolve) => supervisor.once("close", resolve));
    while (!readdirSync(home(id)).includes("stdout") || readFileSync(home(id, "stdout"), "utf8") === "")
      await pause(20);
    supervisor.kill("SIGKILL");
    await ended;
    for (const pid of ofJob(id)) process.kill(pid, "SIGKILL");
    assert.deepEqual([show(id).stage, show(id).state], ["lost", "lost"]);
  });

  it("waits for its applications, and says what the cluster's pages know of them", async () => {
    let asked = 0;
    const app = {
      id: "application_1_0001",
      applicationType: "MAPREDUCE",
      name: "word count",
      user: "u",
      finalStatus: "SUCCEEDED",
    };
    const counters = { jobCounters: { id: "job_1_0001" } };
    server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://x");
      const state = asked < 3 ? "RUNNING" : "FINISHED";
      const answers: Record<string, () => object> = {
        "/ws/v1/cluster/apps": () => {
          asked += searchParams.get("applicationTags")?.startsWith("20261122-100000-x-") === true ? 1 : 0;
          return { apps: { app: [{ ...app, state }] } };
        },
        "/ws/v1/cluster/apps/application_1_0001": () => ({
          app: {
            ...app,
            state,
            startedTime: 1000,
            finishedTime: 3500,
            memorySeconds: 12,
            vcoreSeconds: 3,
            logAggregationStatus: "SUCCEEDED",
          },
        }),
        "/ws/v1/history/mapreduce/jobs/job_1_0001": () => ({ job: {} }),
        "/ws/v1/history/mapreduce/jobs/job_1_0001/counters": () => counters,
      };
      const answer = answers[pathname];
      response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer?.() ?? {}));
    });
    const place = await listening();
    writeView({ yarn: { resourcemanager: place }, mapreduce: { historyserver: place } });
    const id = created("echo quick");
    await supervised(id);
    const told = report(id);
    assert.deepEqual(told.applications, [
      {
        id: app.id,
        kind: "mapreduce",
        name: "word count",
        state: "FINISHED",
        finalStatus: "SUCCEEDED",
        started: "1970-01-01T00:00:01.000Z",
        ended: "1970-01-01T00:00:03.500Z",
        memoryMiBSeconds: 12,
        vcoreSeconds: 3,
        files: ["yarn.json", "logs", "mapreduce.json", "counters.json"].map((name) => `applications/${app.id}/${name}`),
      },
    ]);
    assert.deepEqual(JSON.parse(readFileSync(home(id, "applications", app.id, "counters.json"), "utf8")), counters);
    // No yarn here, and that is said.
    assert.match(told.notes.join("\n"), /^application_1_0001: logs: .*yarn/m);
    assert.ok(asked >= 3);
  });

  it("finds the application of Spark's own workers by what its executors carry", async () => {
    const name = "app-20261122100000-0001";
    const found = { id: name, name: "fit", attempts: [{ completed: true, startTimeEpoch: 2000, endTimeEpoch: 4000 }] };
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? "/", "http://x");
      const answers: Record<string, string> = {
        [`/api/v1/applications/${name}`]: JSON.stringify(found),
        [`/api/v1/applications/${name}/allexecutors`]: JSON.stringify([{ id: "0" }]),
        [`/api/v1/applications/${name}/logs`]: "PK events",
      };
      response.writeHead(answers[pathname] === undefined ? 404 : 200).end(answers[pathname]);
    });
    writeView({ spark: { history: await listening() } });
    const id = created(`SPARK_LOG_URL_STDOUT='http://w/logPage?appId=${name}&executorId=0' sleep 2.5`);
    await supervised(id);
    const told = report(id);
    const files = ["spark.json", "executors.json", "events.zip"].map((file) => `applications/${name}/${file}`);
    const times = { started: "1970-01-01T00:00:02.000Z", ended: "1970-01-01T00:00:04.000Z" };
    assert.deepEqual(told.applications, [
      { id: name, kind: "spark", name: "fit", state: "FINISHED", finalStatus: "UNDEFINED", ...times, files },
    ]);
    assert.equal(readFileSync(home(id, files[2] ?? ""), "utf8"), "PK events");
    assert.deepEqual(told.notes, []);
    assert.ok(told.usage.some(({ application }) => application === name));
  });
});
