import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { readReport } from "../../cli/jobs/bring-home.ts";
import type { CheckOutput } from "../../contract/job.ts";
import { hostName } from "../../components/clouds/local/tags.ts";
import { Inside } from "../hosts/inside.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";
import { Checkout, expectCode } from "./checkout.ts";
import { remains } from "./machine.ts";

const MINUTE = 60_000;

/** An application that works until it is told that this is enough. */
const PATIENT = `
import os, time
from pyspark import SparkContext
context = SparkContext(appName="patient")
while not os.path.exists("/tmp/enough"):
    assert context.parallelize(range(8), 4).map(lambda n: n * n).sum() == 140
    time.sleep(0.5)
context.stop()
print("ended well")
`;

/** Works for a while on two executors, and ends as nobody expects. */
const COUNTING = `
import sys, time
from pyspark import SparkContext
context = SparkContext(appName="counting")
print("begun", flush=True)
def slow(number):
    time.sleep(1)
    return number
print("sum", context.parallelize(range(16), 8).map(slow).sum(), flush=True)
context.stop()
open("written", "w").write("by the job")
sys.exit(5)
`;

/** What a page says. */
const CALL = "python3 -c 'import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=5).read().decode())'";

/** The first answer that is not empty, within two minutes. */
async function until(ask: () => Promise<string>, what: string): Promise<string> {
  for (const end = Date.now() + 2 * MINUTE; Date.now() < end; await pause(500)) {
    const answer = await ask();
    if (answer.trim() !== "") return answer;
  }
  return assert.fail(`waited in vain until ${what}`);
}

/** One Spark cluster with HDFS: first with its own master and workers, then, when YARN is added to it, on YARN. */
describe("a Spark cluster of one master and two workers", function () {
  this.timeout(10 * MINUTE);
  eachNeedsTheOneBefore(this);
  const checkout = new Checkout();
  const stack = checkout.name;
  const id = checkout.clusterId(stack, stack);
  const workers = [1, 2].map((ordinal) => `${stack}-worker-${ordinal}`);
  const yaml = (services: string): string => `config:
  muster:cloud: local
  muster:clusters:
    - name: ${stack}
      kind: spark
      pools:
        master: { count: 1, memory: 2 GiB }
        worker: { count: 2, memory: 2240 MiB }
      services: ${services}
      users: [ada]
`;
  const on = async (node: string, command: string): Promise<string> =>
    expectCode(await checkout.onStack("ssh", node, "--", command), 0).stdout.trim();
  /** As root, which people are not: what is only theirs or Spark's own. */
  const inside = (node: string): Inside => new Inside(hostName(id, `${stack}-${node}`));
  const asRoot = (node: string, command: string): Promise<string> => inside(node).sh(command);
  const checks = async (): Promise<Map<string, CheckOutput>> =>
    new Map((await checkout.status()).checks.map((check) => [check.name, check]));
  const passed = async (name: string): Promise<string> => {
    const found = (await checks()).get(name);
    assert.ok(found?.ok, `${name}: ${found?.detail ?? "not among the checks"}`);
    return found.detail;
  };
  const daemons = async (): Promise<string> =>
    on("master-1", "systemctl list-units --plain --no-legend --state active 'spark-*' | cut -d. -f1 | xargs");
  /** A shell as people have it, with one line typed into it. */
  const typed = (user: string, line: string): Promise<string> =>
    on("master-1", `printf '${line}\\nexit()\\n' | sudo -u ${user} env TERM=dumb script -qec pyspark /dev/null`);

  before(() => checkout.writeStack(stack, yaml("{ hdfs: true, prometheus: { scrapeSeconds: 5 } }")));
  after(() => checkout.remove(stack));

  it("comes up with its own master: Pi on every worker, listed by the history server", async function () {
    this.timeout(20 * MINUTE);
    const { stdout } = await checkout.up();
    assert.match(stdout, new RegExp(`${stack} is ready: 3 of 3 nodes`));
    assert.equal(await daemons(), "spark-history spark-master");
    assert.match(await passed("spark: workers"), /^2 of 2 live$/);
    // Three nodes, Prometheus itself, HDFS's four daemons, Spark's master and workers.
    assert.match(await passed("prometheus: targets"), /^11 of 11 up$/);
    const pi = await passed("spark: Pi on its own workers");
    assert.match(pi, new RegExp(`Pi is about 3\\.1\\d+ as muster, on ${workers.join(", ")}, .* listed by the history`));
  });

  it("keeps its secret to itself and to its users, and listens on the nodes' own addresses", async () => {
    const file = "/etc/spark/spark-defaults.conf";
    assert.equal(await on("worker-1", `stat -c '%a %U %G' ${file}`), "640 root spark");
    // Ada is in the group, and nobody else's readable file, journal or argument has it.
    assert.equal(await on("worker-1", `sudo -u ada grep -c authenticate.secret ${file}`), "1");
    assert.match(await on("worker-1", `sudo -u nobody cat ${file} 2>&1 || true`), /Permission denied/);
    for (const node of ["master-1", "worker-1"]) {
      // Greps whose own arguments do not hold what they look for.
      await asRoot(
        node,
        `umask 077; sed -n "s/^spark.authenticate.secret //p" ${file} >/root/needle; grep -qx ".\\{64\\}" /root/needle`,
      );
      const seen = await asRoot(
        node,
        `cat /proc/[0-9]*/cmdline | grep -cFf /root/needle; journalctl | grep -cFf /root/needle
        grep -rlFf /root/needle /etc /var/lib /opt/spark/libexec /tmp 2>/dev/null | sort`,
      );
      assert.deepEqual(seen.trim().split("\n"), ["0", "0", "/etc/muster/secrets.json", file]);
      const listeners = await asRoot(node, "ss -ltnpH | grep java | awk '{print $4}' | sort");
      const address = (await checkout.status()).nodes.find(({ name }) => name === `${stack}-${node}`)?.address ?? "";
      const strangers = listeners
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("127.") && !line.includes(address));
      assert.deepEqual(strangers, [], listeners);
    }
  });

  it("goes on with its application and its workers when its master restarts", async () => {
    await inside("master-1").write("/tmp/patient.py", PATIENT);
    await asRoot("master-1", "systemd-run --quiet --unit patient --uid ada spark-submit /tmp/patient.py");
    const running = async (): Promise<string> => {
      const told = await asRoot("master-1", `${CALL} http://$(hostname -I | xargs):8080/json/ || true`);
      const apps = (JSON.parse(told || "{}") as { activeapps?: { id: string; cores: number }[] }).activeapps ?? [];
      return apps.find(({ cores }) => cores > 0)?.id ?? "";
    };
    const application = await until(running, "an application has executors");
    await asRoot("master-1", "systemctl kill --signal KILL spark-master");
    assert.equal(await until(running, "the master knows its application again"), application);
    const seen = await asRoot("master-1", `/opt/muster/current/bin/check spark/workers ${workers.join(" ")}`);
    assert.deepEqual(JSON.parse(seen), { ok: true, detail: "2 of 2 live" });
    await asRoot("master-1", "touch /tmp/enough");
    await until(
      () => asRoot("master-1", "journalctl -u patient | grep -o 'ended well' || true"),
      "the application ends",
    );
    assert.equal(await on("worker-1", "systemctl show -P NRestarts spark-worker"), "0");
  });

  it("runs on YARN once that is added, and with the scientific packages", async function () {
    this.timeout(20 * MINUTE);
    checkout.writeStack(stack, yaml("{ hdfs: true, yarn: true, python: true, prometheus: { scrapeSeconds: 5 } }"));
    const { stdout } = await checkout.up();
    assert.match(stdout, new RegExp(`${stack} is ready: 3 of 3 nodes`));
    assert.match(await passed("python: imports"), /^3 nodes$/);
    assert.match(await passed("prometheus: targets"), /^11 of 11 up$/);
    const figures = `promtool query instant http://$(hostname -I | xargs):9090 'max_over_time(yarn_container_memory_mebibytes[10m])'`;
    assert.match(await on("master-1", figures), /application="application_\d+_\d+".*instance="e\w+-worker-\d"/);
    const fit = await passed("python: a fit on all executors");
    assert.match(
      fit,
      new RegExp(`^1\\.00, -2\\.00, 3\\.00, 0\\.50 from \\d+ rows as muster, on ${workers.join(", ")}`),
    );
    assert.equal(await daemons(), "spark-history");
    assert.ok(!(await checks()).has("spark: workers"));
    assert.match(await passed("spark: Pi on YARN"), new RegExp(`on ${workers.join(", ")}, .* listed by the history`));
    assert.equal(await on("worker-1", "grep -c authenticate.secret /etc/spark/spark-defaults.conf || true"), "0");
  });

  it("has a shell for its users, with Spark's SQL and files in HDFS", async () => {
    const line = `spark.range(1000).write.csv("numbers"); print("sum", spark.read.csv("numbers").selectExpr("sum(_c0)").first()[0])`;
    const said = await typed("ada", line.replaceAll('"', '\\"'));
    assert.match(said, /sum 499500\.0/);
    assert.match(await on("master-1", "sudo -u ada hdfs dfs -ls -d /user/ada/numbers"), /ada +ada/);
    assert.match(await on("master-1", "hdfs dfs -ls /spark-history"), /ada +spark/);
  });

  it("runs a job that goes on when its person goes, and comes home with its logs and figures when they are back", async () => {
    const program = checkout.path("counting.py");
    writeFileSync(program, COUNTING);
    const settled = ["--conf", "spark.dynamicAllocation.enabled=false", "--conf", "spark.executor.instances=2"];
    const words = ["--name", "counting", "--user", "ada", "--file", program, "--out", checkout.path("home")];
    const all = ["submit", "--stack", stack, ...words, "--", "spark-submit", ...settled, "counting.py"];
    const { child, ended } = checkout.start(all);
    await new Promise<void>((resolve, reject) => {
      child.stdout?.on("data", (data: Buffer) => void (data.includes("begun") && resolve()));
      child.once("close", () => reject(new Error("it ended before it had begun")));
    });
    child.kill("SIGINT");
    assert.match(expectCode(await ended, 130).stderr, /counting-\w+ goes on\. Come back with: .* --attach /);
    const listed = await checkout.onStack("jobs", "--json");
    const line = (JSON.parse(expectCode(listed, 0).stdout) as { id: string; state: string; user: string }[]).at(-1);
    assert.deepEqual([line?.state, line?.user], ["running", "ada"]);
    // With all that it had said before.
    const back = expectCode(await checkout.onStack("submit", "--attach", "counting"), 5);
    assert.match(back.stdout, /^begun\nsum 120$/m);
    const home = checkout.path("home");
    const report = readReport(home);
    assert.deepEqual([report.state, report.exitCode, report.notes], ["failed", 5, []]);
    assert.equal(readFileSync(checkout.path("home", "files", "written"), "utf8"), "by the job");
    const [app, ...others] = report.applications;
    assert.deepEqual([app?.kind, app?.name, app?.state, others], ["spark", "counting", "FINISHED", []]);
    const path = (name: string): string => checkout.path("home", "applications", app?.id ?? "", name);
    assert.match(readFileSync(path("logs"), "utf8"), /Container: container_/);
    assert.equal(readFileSync(path("events.zip")).subarray(0, 2).toString(), "PK");
    assert.match(readFileSync(path("executors.json"), "utf8"), /"hostPort"/);
    const ofApplication = report.usage.filter(({ application }) => application === app?.id);
    assert.deepEqual(ofApplication.map(({ node }) => node).sort(), workers);
    for (const { cpuSeconds, peakMemoryMiB } of ofApplication) assert.ok(cpuSeconds > 1 && peakMemoryMiB > 100);
    assert.ok(report.usage.some(({ node, application }) => application === null && node === `${stack}-master-1`));
    const query = `max_over_time(muster_job_memory_bytes{job_id="${line?.id}",application="${app?.id}"}[10m])`;
    const told = await on("master-1", `promtool query instant http://$(hostname -I | xargs):9090 '${query}'`);
    for (const worker of workers) assert.ok(told.includes(`instance="${worker}"`), told);
  });

  it("goes", async () => {
    expectCode(await checkout.onStack("down", "--yes", "--delete-data"), 0);
    assert.deepEqual(await remains(id), []);
  });
});

/** As the repository's own stack says: nothing keeps data, events are where the history server reads them. */
function withoutHdfs(): void {
  describe("a Spark cluster and nothing else", function () {
    this.timeout(20 * MINUTE);
    const checkout = new Checkout();
    after(() => checkout.remove("spark"));

    it("comes up on hosts of 1 GiB, and goes", async () => {
      const { stdout } = expectCode(await checkout.muster("up", "--stack", "spark", "--yes"), 0);
      assert.match(stdout, /spark is ready: 3 of 3 nodes/);
      const told = await checkout.muster("verify", "--stack", "spark", "--json");
      assert.match(expectCode(told, 0).stdout, /listed by the history server/);
      expectCode(await checkout.muster("down", "--stack", "spark", "--yes", "--delete-data"), 0);
      assert.deepEqual(await remains(checkout.clusterId("spark", "spark")), []);
    });
  });
}

if (process.env["MUSTER_FULL"] !== undefined) withoutHdfs();
