import assert from "node:assert/strict";
import type { ClusterConfigInput } from "../../../plan/config/cluster-schema.ts";
import { specFromArgs } from "../../../plan/config/read.ts";
import { nodeView } from "../../../plan/node-view.ts";
import { planCluster } from "../../../plan/plan-cluster.ts";
import type { Relabelling } from "../../../plan/service.ts";
import { jobExtras, mistakeOf, mistakesOf, whereabouts } from "../plan/fixtures.ts";

type Args = Omit<ClusterConfigInput, "name">;
interface Settings {
  server?: { memory: number; retentionDays: number; retentionSize: number; page: string };
  config?: {
    scrape_configs: {
      job_name: string;
      metrics_path: string;
      static_configs: Target[];
      metric_relabel_configs?: Relabelling[];
    }[];
  };
}
interface Target {
  targets: string[];
  labels: Record<string, string>;
}

const master = { count: 1, memory: "2 GiB" };
const planOf = (args: Args) => planCluster(specFromArgs("lab", { subnet: "10.5.0.0/20", ...args }), whereabouts);
const settingsOf = (args: Args): Map<string, Settings> => {
  const plan = planOf(args);
  return new Map(
    plan.nodes.map((node) => [node.name, nodeView(plan, node, jobExtras(plan)).services["prometheus"] as Settings]),
  );
};
/** Of each job its page and its nodes. */
const asked = (args: Args): Record<string, string> => {
  const [{ config } = {}] = [...settingsOf(args).values()].filter((settings) => settings.config !== undefined);
  const told = config?.scrape_configs.map(({ job_name, metrics_path, static_configs }) => {
    const ports = static_configs.map(({ targets: [target = ""] }) => target.split(":")[1]);
    const nodes = static_configs.map(({ labels }) => labels["instance"]);
    return [job_name, `${ports[0]}${metrics_path} ${nodes.join(" ")}`] as const;
  });
  return Object.fromEntries(told ?? []);
};
const plain = (pools: Args["pools"], options: object = {}): Args => ({
  kind: "pool",
  ...(pools === undefined ? {} : { pools }),
  services: { prometheus: options },
});

/** What Prometheus makes of a figure's name and labels, as its manual says. Undefined: it is dropped. */
function relabelled(rules: readonly Relabelling[], labels: Record<string, string>): Record<string, string> | undefined {
  let found = { ...labels };
  for (const { action, source_labels = [], regex, target_label, replacement = "$1" } of rules) {
    const whole = new RegExp(`^(?:${regex})$`);
    if (action === "labeldrop") {
      found = Object.fromEntries(Object.entries(found).filter(([name]) => !whole.test(name)));
      continue;
    }
    const value = source_labels.map((name) => found[name] ?? "").join(";");
    if (!whole.test(value)) continue;
    if (action === "drop") return undefined;
    if (target_label !== undefined) found[target_label] = value.replace(whole, replacement);
  }
  return found;
}

describe("the service prometheus", () => {
  it("asks every node, and every daemon that tells its figures, by the node's name", () => {
    const pools = { master, worker: { count: 2, memory: "2 GiB" } };
    assert.deepEqual(asked({ pools, services: { prometheus: true } }), {
      namenode: "9870/prom lab-master-1",
      secondarynamenode: "9868/prom lab-master-1",
      datanode: "9864/prom lab-worker-1 lab-worker-2",
      resourcemanager: "8088/prom lab-master-1",
      nodemanager: "8042/prom lab-worker-1 lab-worker-2",
      historyserver: "19888/prom lab-master-1",
      prometheus: "9090/metrics lab-master-1",
      node: "9100/metrics lab-master-1 lab-worker-1 lab-worker-2",
    });
    const [{ config } = {}] = [...settingsOf({ pools, services: { prometheus: true } }).values()];
    const namenode = config?.scrape_configs.find(({ job_name }) => job_name === "namenode");
    const [dropped] = namenode?.metric_relabel_configs ?? [];
    assert.deepEqual([dropped?.action, dropped?.regex.split("|")[0]], ["labeldrop", "totalsynctimes"]);
    const standalone = asked({ kind: "spark", pools, services: { prometheus: true } });
    assert.equal(standalone["sparkmaster"], "8080/metrics/master/prometheus/ lab-master-1");
    assert.equal(standalone["sparkworker"], "8081/metrics/prometheus/ lab-worker-1 lab-worker-2");
  });

  it("asks for the figures of containers by their application", () => {
    const config = [...settingsOf({ services: { prometheus: true } }).values()].find((one) => one.config)?.config;
    const rules =
      config?.scrape_configs.find(({ job_name }) => job_name === "nodemanager")?.metric_relabel_configs ?? [];
    const id = "container_e01_1795302618832_0007_01_000003";
    const figure = (name: string) => relabelled(rules, { __name__: name, containerresource: id, containerpid: "1" });
    const of = { application: "application_1795302618832_0007", container: id };
    const named = `container_resource_${id}`;
    const memory = figure(`${named}_p_mem_usage_m_bs_avg_m_bs`);
    assert.deepEqual(memory, { __name__: "yarn_container_memory_mebibytes", ...of });
    const cpu = figure(`${named}_p_cpu_usage_percent_avg_percents`);
    assert.deepEqual(cpu, { __name__: "yarn_container_cpu_percent", ...of });
    assert.equal(figure(`${named}_start_time`), undefined);
    assert.deepEqual(relabelled(rules, { __name__: "jvm_metrics_log_info" }), { __name__: "jvm_metrics_log_info" });
  });

  it("is on the monitor, else on a master; only there is told whom to ask", () => {
    const told = (args: Args) => [...settingsOf(args)].map(([name, { config }]) => `${name}${config ? " asks" : ""}`);
    assert.deepEqual(told(plain({ master: 2, a: 1 })), ["lab-master-1", "lab-master-2 asks", "lab-a-1"]);
    const watched = plain({ master: 1, a: 2, monitor: 1 });
    assert.deepEqual(told(watched), ["lab-master-1", "lab-a-1", "lab-a-2", "lab-monitor-1 asks"]);
    assert.equal(planOf(watched).endpoints["prometheus"], "http://lab-monitor-1.lab.internal:9090");
    const [mistake] = mistakesOf(() => planOf(plain({ a: 2 })));
    assert.match(mistake?.allowed ?? "", /^prometheus of prometheus needs one: give a pool the role master/);
  });

  it("has memory in the plan and bounds for what it keeps, by the host or as wanted", () => {
    const server = (args: Args) => [...settingsOf(args).values()].find((settings) => settings.server)?.server;
    const big = { master: { count: 1, memory: "8 GiB", disk: "100 GiB" } };
    const { memory, retentionDays, retentionSize } = server(plain(big)) ?? {};
    assert.deepEqual([memory, retentionDays, retentionSize], [512, 15, 20]);
    const wanted = plain(big, { memory: 700, retentionDays: 3, retentionSize: 7 });
    const [node] = planOf(wanted).nodes;
    assert.deepEqual(node?.memory.daemons["prometheus"], { heap: 700, total: 748 });
    assert.deepEqual([server(wanted)?.memory, server(wanted)?.retentionSize], [700, 7]);
    assert.match(mistakeOf(() => planOf(plain(big, { memory: 8000 }))).path, /^lab\.pools\.master\.memory$/);
  });

  it("refuses options that cannot be, by their paths", () => {
    const paths = (options: object) => mistakesOf(() => planOf(plain({ master: 1 }, options))).map(({ path }) => path);
    assert.deepEqual(paths({ scrapeSeconds: 0 }), ["lab.services.prometheus.scrapeSeconds"]);
    assert.deepEqual(paths({ retention: 5 }), ["lab.services.prometheus.retention"]);
    // On a data volume: more than there is.
    const pools = { master: { ...master, disk: "20 GiB" }, worker: { count: 1, memory: "2 GiB" } };
    const { path, found, allowed } = mistakeOf(() =>
      planOf({ pools, services: { prometheus: { retentionSize: 20 } } }),
    );
    assert.deepEqual([path, found], ["lab.services.prometheus.retentionSize", "20"]);
    assert.match(allowed, /^less than 20: the disk of lab-master-1/);
  });

  describe("alerts", () => {
    const pools = { master: { count: 1, memory: "4 GiB" }, a: 1 };
    const email = {
      to: ["ops@example.org"],
      from: "lab@example.org",
      server: "smtp.example.org:587",
      credentials: "mail",
    };
    const told = (alerts: object): string[] =>
      mistakesOf(() => planOf(plain(pools, { alerts }))).map(({ path }) =>
        path.replace("lab.services.prometheus.", ""),
      );

    it("are sent by the monitor alone, which alone is given the secrets", () => {
      const plan = planOf(plain(pools, { alerts: { webhooks: ["chat"], email } }));
      const views = plan.nodes.map((node) => nodeView(plan, node, jobExtras(plan)));
      const ofAlerts = views.map(({ node, secrets, credentials, services }) => [
        node.daemons.includes("alertmanager"),
        secrets,
        credentials,
        "alerts" in (services["prometheus"] ?? {}),
      ]);
      assert.deepEqual(ofAlerts, [
        [true, ["prometheus.alertmanager"], ["chat", "mail"], true],
        [false, [], undefined, false],
      ]);
      assert.deepEqual(
        plan.credentials.map(({ name, kind, path }) => [name, kind, path]),
        [
          ["chat", "webhook", "services.prometheus.alerts.webhooks[0]"],
          ["mail", "smtp", "services.prometheus.alerts.email.credentials"],
        ],
      );
      const config = JSON.stringify(views[0]?.services["prometheus"]?.["config"]);
      assert.match(config, /"alerting":.*"127\.0\.0\.1:9093"/);
      assert.match(config, /"job_name":"alertmanager".*"instance":"lab-master-1"/);
      assert.ok(!plan.firewall.some(({ name }) => name.includes("alertmanager")));
      assert.ok(plan.checks.some(({ name }) => name === "prometheus: alerts"));
      assert.deepEqual(plan.nodes[0]?.memory.daemons["alertmanager"], { heap: 0, total: 48 });
    });

    it("are nobody's business unless somebody is named", () => {
      const plan = planOf(plain(pools));
      const [node] = plan.nodes;
      assert.ok(node);
      const { secrets, services } = nodeView(plan, node, jobExtras(plan));
      assert.deepEqual(secrets, []);
      assert.ok(!JSON.stringify(services).includes("alertmanager"));
      assert.ok(!plan.checks.some(({ name }) => name === "prometheus: alerts"));
    });

    it("are refused where they cannot be sent, or would tell a password", () => {
      assert.deepEqual(told({}), ["alerts"]);
      assert.deepEqual(told({ webhooks: ["chat", "chat"] }), ["alerts.webhooks[1]"]);
      assert.deepEqual(told({ webhooks: ["mail"], email }), ["alerts.email.credentials"]);
      assert.deepEqual(told({ email: { ...email, allowPlain: true } }), ["alerts.email.allowPlain"]);
      assert.deepEqual(told({ email: { ...email, to: ["ops"] } }), ["alerts.email.to[0]"]);
      assert.deepEqual(told({ email: { ...email, server: "smtp.example.org" } }), ["alerts.email.server"]);
      assert.deepEqual(told({ webhooks: ["https://example.org"] }), ["alerts.webhooks[0]"]);
      assert.deepEqual(told({ webhooks: ["chat"], least: "info" }), ["alerts.least"]);
    });
  });

  it("opens its ports to the cluster alone, and is checked where it is", () => {
    const plan = planOf(plain({ master: 1, monitor: 1 }));
    const rules = plan.firewall.filter(({ name }) => name.startsWith("prometheus"));
    assert.deepEqual(
      rules.map(({ to, ports, source }) => [to, ports[0], source]),
      [
        [["monitor"], 9090, "cluster"],
        ["all", 9100, "cluster"],
      ],
    );
    const checks = plan.checks.filter(({ service }) => service === "prometheus");
    assert.deepEqual(
      checks.map(({ name, on, required }) => [name, on, required]),
      ["targets", "rules"].map((what) => [`prometheus: ${what}`, ["lab-monitor-1"], false]),
    );
  });

  it("changes nothing of the daemons that it asks, but the memory that jobs have", () => {
    const pools = { master, worker: { count: 1, memory: "2 GiB" } };
    const without = planOf({ pools });
    const watched = planOf({ pools, services: { prometheus: true } });
    for (const node of without.nodes) {
      const other = watched.nodes.find(({ name }) => name === node.name);
      assert.ok(other);
      const before = nodeView(without, node, jobExtras(without)).services;
      const after = nodeView(watched, other, jobExtras(watched)).services;
      for (const name of ["hdfs", "mapreduce"]) assert.deepEqual(after[name], before[name]);
      assert.equal(node.memory.available - other.memory.available, node.roles.includes("master") ? 24 + 128 + 48 : 24);
    }
  });
});
