import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openSeconds } from "../hosts/test-hosts.ts";
import { HostMaker, type TestHost } from "./host.ts";
import { check, duePlan, nothingDue, runStep } from "./node.ts";
import { SingleNode } from "./single-node.ts";

const read = (file: string): string => readFileSync(join(import.meta.dirname, file), "utf8");
const [alerts, pages] = [read("alerts.yml"), read("ganglia-pages.py")];

/** What Ganglia's web server answers: to what, with which code, and what it is. */
const PAGES = [
  "/ 200 page",
  "?c=t 200 page",
  "?c=t&h=NODE 200 page",
  "?p=2&c=t&h=NODE 200 page",
  "?tab=v 200 page",
  "graph.php?c=t&h=NODE&m=load_one&r=hour&z=medium 200 graph",
  "graph.php?g=cpu_report&c=t&r=hour&z=large 200 graph",
  "graph.php?aggregate=1&hreg[]=t-.*&mreg[]=load_one&gtype=line&r=hour&z=medium&c=t 200 graph",
  "graph.php?c=t&h=NODE&m=load_one&r=hour&json=1 200 JSON",
  "graph_all_periods.php?g=load_report&c=t&z=large 200 page",
  "graph_all_periods.php?g=%22%3E%3Cscript%3E&c=t&z=large 403 -",
  "api/metrics_autocomplete.php?term=load 200 JSON",
  "api/host.php?action=list 403 -",
  "nagios/check_metric.php 403 -",
  "templates/default/header.tpl 403 -",
  "../javascript/jquery/jquery.min.js 200 text",
  "POST 403 -",
];

describe("prometheus and ganglia on a host that is a whole cluster", function () {
  this.timeout(300_000);
  const wanted = { prometheus: { scrapeSeconds: 1 }, ganglia: { pollSeconds: 1 } };
  const hadoopOff = { hdfs: false, yarn: false, mapreduce: false } as const;
  const cluster = new SingleNode({ ...hadoopOff, ...wanted });
  const maker = new HostMaker("roles-monitoring", cluster.owner);
  let host: TestHost;
  let name: string;

  const give = async (services?: ConstructorParameters<typeof SingleNode>[0]): Promise<void> => {
    const { view } = cluster.inputs(services ? { services: { ...hadoopOff, ...services } } : {});
    name = view.node.name;
    await host.write("/etc/muster/cluster.json", JSON.stringify(view));
  };

  before(async function () {
    this.timeout(openSeconds * 1000);
    host = await maker.start((hosts) => cluster.wishIn(hosts.subnet));
    await give();
  });
  after(() => maker.remove());

  it("are prepared, come up, and listen on the host's own address", async () => {
    const first = await runStep(host, "prepare");
    assert.equal(first.last?.state, "done", first.last?.text);
    assert.deepEqual((await runStep(host, "prepare")).last, { state: "done", changed: 0 });
    const { code, last } = await runStep(host, "activate");
    assert.equal(code, 0, last?.text);
    assert.deepEqual(await duePlan(host), nothingDue);
    const listeners = await host.sh("ss -Hltnp | grep -E 'prometheus|gmond|lighttpd' | awk '{print $4}' | sort");
    const own = ["8649", "8653", "9090", "9100"].map((port) => `${host.address}:${port}`);
    assert.deepEqual(listeners.trim().split("\n"), own);
  });

  it("have an answer of everybody, and every alert", async () => {
    assert.deepEqual(await check(host, "prometheus/targets"), { ok: true, detail: "2 of 2 up" });
    assert.deepEqual(await check(host, "prometheus/rules"), { ok: true, detail: "16 alerts" });
    assert.deepEqual(await check(host, "ganglia/hosts", name), { ok: true, detail: "1 of 1 report" });
    // The databases fill.
    await host.sh("for i in $(seq 60); do ls /var/lib/ganglia/rrds/t/*/load_one.rrd && exit 0; sleep 1; done; exit 1");
    assert.deepEqual(await check(host, "ganglia/pages", name), { ok: true, detail: "1 of 1 shown, with graphs" });
  });

  it("show Ganglia's pages and graphs, and let nobody change anything there", async () => {
    await host.write("/root/pages.py", pages);
    const page = `http://${host.address}:8653/ganglia/`;
    const { stdout } = await host.run(["/usr/bin/python3", "/root/pages.py", page, name]);
    assert.deepEqual(stdout.trim().split("\n"), PAGES);
    assert.equal(await host.sh("journalctl -u ganglia-web --no-pager | grep 'PHP Fatal' || true"), "");
    // A user whom no file names.
    const processes = await host.sh("ps -C lighttpd,php-cgi -o user:20= | sort | uniq -c");
    assert.match(processes.trim(), /^4 6[1-5]\d{3}$/);
  });

  it("fire the alerts when they must, and only then", async () => {
    await host.write("/root/alerts.yml", alerts);
    const { code, stdout, stderr } = await host.run(["promtool", "test", "rules", "/root/alerts.yml"]);
    assert.equal(code, 0, stdout + stderr);
  });

  it("name who is missing", async () => {
    await host.sh("systemctl stop prometheus-node-exporter ganglia-web");
    // What was seen a second ago is what Prometheus knows: it looks again first.
    const seen = `promtool query instant http://${host.address}:9090 'up{job="node"}' | grep -q '=> 0'`;
    await host.sh(`for i in $(seq 60); do ${seen} && exit 0; sleep 1; done; exit 1`);
    const [unseen, silent, unshown] = await Promise.all([
      check(host, "prometheus/targets"),
      check(host, "ganglia/hosts", name, "t-worker-9"),
      check(host, "ganglia/pages", name),
    ]);
    assert.deepEqual([unseen.ok, unseen.missing], [false, [name]]);
    assert.match(unseen.detail, new RegExp(`^1 of 2 up; missing: node of ${name} \\(.*connection refused`));
    assert.deepEqual([silent.ok, silent.missing], [false, ["t-worker-9"]]);
    assert.equal(unshown.ok, false);
    assert.match(unshown.detail, /:8653\/ganglia\/: .*Connection refused/);
    assert.match(silent.detail, /^1 of 2 report; missing: t-worker-9 \(not known\)/);
    assert.equal((await runStep(host, "activate")).code, 0);
  });

  it("are reloaded when it changes whom they ask, restarted when it changes what is kept", async () => {
    await give({ ...wanted, prometheus: { scrapeSeconds: 2 } });
    assert.equal((await runStep(host, "prepare")).last?.changed, 1);
    assert.deepEqual(await duePlan(host), { ...nothingDue, reload: ["prometheus"] });
    assert.equal((await runStep(host, "activate")).code, 0);
    await give({ ...wanted, prometheus: { scrapeSeconds: 2, retentionDays: 3 } });
    assert.equal((await runStep(host, "prepare")).last?.state, "done");
    assert.deepEqual(await duePlan(host), { ...nothingDue, restart: ["prometheus"] });
    assert.equal((await runStep(host, "activate")).code, 0);
    await give({ prometheus: { scrapeSeconds: 2, retentionDays: 3 }, ganglia: { pollSeconds: 1, web: false } });
    assert.equal((await runStep(host, "prepare")).last?.state, "done");
    assert.deepEqual(await duePlan(host), { ...nothingDue, reload: ["firewall"], stop: ["gangliaweb"] });
  });
});
