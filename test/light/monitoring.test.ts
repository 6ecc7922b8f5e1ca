import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { CheckOutput } from "../../contract/job.ts";
import { defaultSubnet, gatewayOf } from "../../plan/addressing.ts";
import { Canaries, filesWith } from "../faults/secrets/canaries.ts";
import { AlertSink } from "../hosts/alert-sink.ts";
import { Inside } from "../hosts/inside.ts";
import { eachNeedsTheOneBefore } from "../steps.ts";
import { remains } from "../e2e/machine.ts";
import { OneCluster } from "../e2e/one-cluster.ts";
import { expectCode } from "../e2e/checkout.ts";

const MINUTE = 60_000;

/** What fires at once: the built-in ones wait for minutes. */
const RULE = `groups:
  - name: own
    rules:
      - alert: NobodyHome
        expr: up{job="node"} == 0
        labels: {severity: critical}
`;

class WatchedCluster extends OneCluster {
  readonly canaries = new Canaries();
  readonly #secret = randomBytes(16).toString("hex");
  #sink: AlertSink | undefined;

  /** Somebody on this machine is told of alerts. */
  async describeWatched(): Promise<void> {
    this.canaries.add("webhook", this.#secret);
    this.#sink = await AlertSink.open();
    // This machine, as hosts see it.
    const here = gatewayOf(defaultSubnet("muster", this.name, this.name));
    const mail = `to: [ops@example.org], from: lab@example.org, server: "${here}:${this.sink.mailPort}", allowPlain: true`;
    const alerts = `webhooks: [chat], allowHttp: true, email: { ${mail} }, waitSeconds: 1, groupSeconds: 1`;
    this.describe(
      "kind: pool",
      "pools: { node: { count: 1, memory: 256 MiB }, monitor: { roles: [master, monitor], memory: 512 MiB } }",
      `services: { prometheus: { scrapeSeconds: 2, alerts: { ${alerts} } }, ganglia: { pollSeconds: 2 } }`,
    );
    expectCode(await this.checkout.pulumi("stack", "select", "--create", this.name), 0);
    const url = `http://${here}:${this.sink.webPort}/${this.#secret}`;
    const set = ["config", "set", "--stack", this.name, "--secret", "--path", "muster:credentials.chat.url", url];
    expectCode(await this.checkout.pulumi(...set), 0);
  }

  get sink(): AlertSink {
    assert.ok(this.#sink, "nobody is told yet");
    return this.#sink;
  }

  /** The path that only who was given the secret knows. */
  get hook(): string {
    return `/${this.#secret}`;
  }

  want(nodes: number): void {
    this.checkout.writeStack(this.name, this.checkout.readStack(this.name).replace(/count: \d+/, `count: ${nodes}`));
  }

  async checks(): Promise<Map<string, CheckOutput>> {
    return new Map((await this.checkout.status()).checks.map((check) => [check.name, check]));
  }
}

describe("plain machines that are watched by Prometheus and Ganglia", function () {
  this.timeout(8 * MINUTE);
  eachNeedsTheOneBefore(this);
  const cluster = new WatchedCluster();
  const { checkout, name } = cluster;
  const monitor = new Inside(cluster.host(`${name}-monitor-1`));
  const started = () =>
    monitor.sh("systemctl show -P ActiveEnterTimestampMonotonic prometheus gmetad ganglia-monitor ganglia-web");
  before(() => cluster.describeWatched());
  after(async () => {
    cluster.sink.close();
    await cluster.remove();
  });

  it("come up with everybody reporting", async () => {
    const { stdout } = await checkout.up();
    assert.match(stdout, new RegExp(`prometheus +http://${name}-monitor-1\\.${name}\\.internal:9090`));
    const checks = await cluster.checks();
    assert.equal(checks.get("prometheus: targets")?.detail, "4 of 4 up");
    assert.equal(checks.get("prometheus: rules")?.detail, "17 alerts");
    assert.equal(checks.get("prometheus: alerts")?.detail, "would be sent to webhook chat, ops@example.org");
    assert.equal(checks.get("ganglia: hosts")?.detail, "2 of 2 report");
    assert.equal(checks.get("ganglia: pages")?.detail, "2 of 2 shown, with graphs");
  });

  it("tell people by webhook and mail of a daemon that is down, and when that is over", async () => {
    const { sink, canaries, hook } = cluster;
    assert.deepEqual([sink.posts, sink.mails], [[], []]);
    await monitor.write("/etc/prometheus/rules/own.yml", RULE);
    // For a moment after it Prometheus knows nobody, and what it cannot tell then it says again a minute later.
    const checked = "/opt/muster/current/bin/check prometheus";
    const settled = await monitor.sh(`systemctl reload prometheus && ${checked}/rules && ${checked}/alerts`);
    assert.match(settled, /18 alerts[^]*would be sent to/);
    const node = new Inside(cluster.host(`${name}-node-1`));
    await node.sh("systemctl stop prometheus-node-exporter");
    await sink.until(({ posts, mails }) => posts.length > 0 && mails.length > 0);
    assert.deepEqual(sink.posts[0], { path: hook, authorization: undefined, alerts: ["NobodyHome firing"] });
    assert.match(sink.mails[0] ?? "", new RegExp(`NobodyHome[^]*${name}-node-1`));
    await node.sh("systemctl start prometheus-node-exporter");
    await sink.until(({ posts }) => posts.some(({ alerts }) => alerts.includes("NobodyHome resolved")));
    await monitor.sh("rm /etc/prometheus/rules/own.yml && systemctl reload prometheus");
    assert.deepEqual(filesWith(canaries, checkout.folder, ["node_modules", "artifacts"]), []);
    assert.deepEqual(canaries.seenIn(await node.sh("cat /etc/muster/*.json; journalctl")), []);
  });

  it("watch a node that comes, without a restart of anything, and go", async () => {
    const before = await started();
    cluster.want(2);
    await checkout.up();
    const checks = await cluster.checks();
    assert.equal(checks.get("prometheus: targets")?.detail, "5 of 5 up");
    assert.equal(checks.get("ganglia: hosts")?.detail, "3 of 3 report");
    assert.equal(checks.get("ganglia: pages")?.detail, "3 of 3 shown, with graphs");
    assert.equal(await started(), before);
    expectCode(await checkout.onStack("down", "--yes"), 0);
    assert.deepEqual(await remains(cluster.id), []);
  });
});
