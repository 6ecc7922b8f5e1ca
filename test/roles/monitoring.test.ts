import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Credentials } from "../../contract/credentials.ts";
import { gatewayOf } from "../../plan/addressing.ts";
import { AlertSink } from "../hosts/alert-sink.ts";
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

  type Services = ConstructorParameters<typeof SingleNode>[0];
  const give = async (services?: Services, credentials: Credentials = {}): Promise<void> => {
    const { view, secrets } = cluster.inputs({
      ...(services ? { services: { ...hadoopOff, ...services } } : {}),
      credentials,
    });
    name = view.node.name;
    await host.run(["/bin/sh", "-c", "umask 077; cat >/etc/muster/secrets.json"], JSON.stringify(secrets));
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
    assert.deepEqual(await check(host, "prometheus/rules"), { ok: true, detail: "17 alerts" });
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

  const alerting = "/etc/prometheus/alertmanager/alertmanager.yml";
  const settled = async (services: Services, credentials: Credentials): Promise<void> => {
    await give({ ...wanted, ...services }, credentials);
    const { last } = await runStep(host, "prepare");
    assert.equal(last?.state, "done", last?.text);
    assert.equal((await runStep(host, "activate")).code, 0);
  };

  it("are told whom to tell of alerts, with passwords as they are, and of which", async () => {
    const email = {
      to: ["ops@example.org"],
      from: "t@example.org",
      server: "smtp.example.org:587",
      credentials: "mail",
    };
    const mailbox = { username: "ops @ example", password: "p{{ 1 }}{# x #}'\" \\ ä" };
    await settled(
      { prometheus: { scrapeSeconds: 1, alerts: { email, least: "critical" } } },
      { mail: JSON.stringify(mailbox) },
    );
    assert.deepEqual((await runStep(host, "prepare")).last, { state: "done", changed: 0 });
    const password = await host.sh(`sed -n 's/^ *auth_password: //p' ${alerting}`);
    assert.equal(JSON.parse(password), mailbox.password);
    assert.equal(await host.sh(`amtool config routes test --config.file=${alerting} severity=warning`), "nobody");
    assert.equal(await host.sh(`amtool config routes test --config.file=${alerting} severity=critical`), "people");
    assert.deepEqual(await check(host, "prometheus/alerts"), { ok: true, detail: "would be sent to ops@example.org" });
    assert.deepEqual(await check(host, "prometheus/targets"), { ok: true, detail: "3 of 3 up" });
  });

  it("tell people of alerts, by webhook and mail, and nobody the secrets", async () => {
    const sink = await AlertSink.open();
    try {
      const here = gatewayOf(host.subnet);
      const canary = "canary-of-chat";
      const chat = JSON.stringify({ url: `http://${here}:${sink.webPort}/hook/${canary}`, token: `${canary}-token` });
      const server = `${here}:${sink.mailPort}`;
      const email = { to: ["ops@example.org"], from: "t@example.org", server, allowPlain: true };
      const alerts = { webhooks: ["chat"], allowHttp: true, email, waitSeconds: 1, groupSeconds: 1 };
      await settled({ prometheus: { scrapeSeconds: 1, alerts } }, { chat });
      const said = { ok: true, detail: "would be sent to webhook chat, ops@example.org" };
      assert.deepEqual(await check(host, "prometheus/alerts"), said);
      assert.deepEqual([sink.posts, sink.mails], [[], []]);

      const listens = await host.sh("ss -Hltnup | grep prometheus-aler | awk '{print $5}'");
      assert.equal(listens.trim(), "127.0.0.1:9093");
      const ask = "import urllib.request as r; r.urlopen('http://127.0.0.1:9093/api/v2/alerts')";
      assert.match((await host.run(["/usr/bin/python3", "-c", ask])).stderr, /HTTP Error 401/);
      assert.match((await host.run(["sudo", "-u", "nobody", "amtool", "alert"])).stderr, /permission denied/);
      await host.sh("amtool alert add Try severity=warning");
      await sink.until(({ posts, mails }) => posts.length > 0 && mails.length > 0);
      const [post] = sink.posts;
      assert.deepEqual(post, {
        path: `/hook/${canary}`,
        authorization: `Bearer ${canary}-token`,
        alerts: ["Try firing"],
      });
      assert.match(sink.mails[0] ?? "", /^To: ops@example\.org\r$/m);

      // An address that does not answer is named in the journal as far as it is no secret.
      sink.close();
      await host.write("/root/needle", `${canary}\n`);
      await host.sh("amtool alert add Again severity=critical");
      const unsent = `promtool query instant http://${host.address}:9090 'ALERTS{alertname="AlertsNotSent",integration="webhook"}'`;
      await host.sh(`for i in $(seq 90); do ${unsent} | grep -q firing && exit 0; sleep 1; done; exit 1`);
      const [{ ok, detail }, seen, journal] = await Promise.all([
        check(host, "prometheus/alerts"),
        host.sh(
          `cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | grep -cFf /root/needle; journalctl | grep -cFf /root/needle
          grep -rlFsf /root/needle --devices=skip /etc /home /var /opt/muster /tmp /run | sort`,
        ),
        host.sh("journalctl -u prometheus-alertmanager --no-pager | grep refused"),
      ]);
      assert.equal(ok, false);
      assert.match(detail, /^alerts could not be sent by .*webhook/);
      assert.match(journal, new RegExp(`http://${here}:\\d+/…`));
      assert.deepEqual(seen.trim().split("\n"), ["0", "0", "/etc/muster/secrets.json", alerting]);
      assert.equal(await host.sh(`stat -c '%a %U %G' ${alerting}`), "640 root prometheus");

      await settled({}, {});
      const left = "ls -A /etc/prometheus/alertmanager; systemctl is-active prometheus-alertmanager || true";
      assert.equal(await host.sh(left), "inactive");
    } finally {
      sink.close();
    }
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
