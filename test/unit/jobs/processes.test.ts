import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const LIB = join(import.meta.dirname, "../../../runner/node/lib");
const JOB = "20261122-100000-pi-ab12";

/** Looks twice at a made-up /proc; what it found the second time, and what Prometheus would be told. */
const PROGRAM = `
import json, sys
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
from muster_node.jobs import sample
from muster_node.jobs.processes import Processes, Totals
processes, totals = Processes(${JSON.stringify(JOB)}, sys.argv[2]), Totals()
totals.add(processes.look())
processes.applications.update(sys.argv[3:])
found = processes.look()
totals.add(found)
rows = [sample.row("w-1", 5.0, figures).split(",") for figures in sorted(found, key=lambda f: f.pid)]
print(json.dumps({"rows": rows, "told": sample.exposition({"job_id": ${JSON.stringify(JOB)}}, totals)}))
`;

interface Found {
  rows: string[][];
  told: string;
}

describe("a job's processes on a node", () => {
  let proc = "";
  beforeEach(() => {
    proc = mkdtempSync(join(tmpdir(), "muster-proc-"));
    writeFileSync(join(proc, "uptime"), "1000.00 1.0\n");
  });
  afterEach(() => rmSync(proc, { recursive: true }));

  const put = (pid: number, environment: Record<string, string>, argv: string[], pages = 256, state = "S"): void => {
    const folder = join(proc, String(pid));
    mkdirSync(folder);
    // What comes after the name: state is the first, user and system time the 12th and 13th, start the 20th, pages the 22nd.
    const fields: (string | number)[] = [state, ...Array.from({ length: 21 }, () => 0)];
    [fields[11], fields[12], fields[19], fields[21]] = [150, 50, 100 + pid, pages];
    writeFileSync(join(folder, "stat"), `${pid} (odd) name (x) ${fields.join(" ")}\n`);
    const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}\0`);
    writeFileSync(join(folder, "environ"), lines.join(""));
    writeFileSync(join(folder, "cmdline"), argv.map((word) => `${word}\0`).join(""));
    writeFileSync(join(folder, "io"), "rchar: 9\nread_bytes: 1048576\nwrite_bytes: 2097152\n");
  };
  const look = (...applications: string[]): Found =>
    JSON.parse(
      execFileSync("python3", ["-I", "-c", PROGRAM, LIB, proc, ...applications], { encoding: "utf8" }),
    ) as Found;

  it("are those that carry its mark, each with its application, and no others", () => {
    put(10, { MUSTER_JOB: JOB }, ["/bin/bash", "-c", "x"]);
    put(11, { MUSTER_JOB: `${JOB}9` }, ["/bin/other"]);
    put(12, { PATH: "/bin", NOTES: `MUSTER_JOB=${JOB}` }, ["/bin/other"]);
    put(13, { A: "1", MUSTER_JOB: JOB, CONTAINER_ID: "container_e07_1795303045842_0002_01_000003" }, [
      "/opt/java/bin/java",
      "-Xmx1g",
      "org.apache.spark.executor.YarnCoarseGrainedExecutorBackend",
      "--app-id",
    ]);
    put(14, { MUSTER_JOB: JOB, SPARK_LOG_URL_STDOUT: "http://w:8081/logPage/?appId=app-20261122-0001&executorId=0" }, [
      "python3",
    ]);
    put(15, { MUSTER_JOB: JOB }, ["gone"], 0, "Z");
    assert.deepEqual(
      look().rows.map(([, , application, pid, program]) => [pid, application, program]),
      [
        ["10", "", "bash"],
        ["13", "application_1795303045842_0002", "YarnCoarseGrainedExecutorBackend"],
        ["14", "app-20261122-0001", "python3"],
      ],
    );
  });

  it("are those in containers of its applications as soon as these are known", () => {
    put(20, { CONTAINER_ID: "container_1795303045842_0002_01_000001" }, [
      "/opt/java/bin/java",
      "-cp",
      "a.b.C",
      "x.y.MRAppMaster",
    ]);
    put(21, { CONTAINER_ID: "container_1795303045842_0003_01_000001" }, ["java"]);
    assert.deepEqual(look().rows, []);
    const { rows } = look("application_1795303045842_0002");
    assert.deepEqual(rows, [["5.0", "w-1", "application_1795303045842_0002", "20", "C", "2.0", "1.0", "1.0", "2.0"]]);
  });

  it("are told to Prometheus by application, with those that ended counted in what grows", () => {
    put(30, { MUSTER_JOB: JOB, CONTAINER_ID: "container_1795303045842_0002_01_000001" }, ["java"]);
    put(31, { MUSTER_JOB: JOB, CONTAINER_ID: "container_1795303045842_0002_01_000002" }, ["java"], 512);
    const labels = `{job_id="${JOB}",application="application_1795303045842_0002"}`;
    const { told } = look();
    for (const line of [
      `muster_job_processes${labels} 2`,
      `muster_job_memory_bytes${labels} ${768 * 4096}`,
      `muster_job_cpu_seconds_total${labels} 4.0`,
      `muster_job_written_bytes_total${labels} ${2 * 2097152}`,
    ])
      assert.ok(told.split("\n").includes(line), `${line} in\n${told}`);
  });
});
