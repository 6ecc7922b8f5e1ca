import type { Check } from "../../../contract/job.ts";
import type { NodePlan } from "../../cluster-plan.ts";
import type { Mistake } from "../../mistake.ts";
import type { ServiceContext, ServiceDefinition } from "../../service.ts";
import { heapShare } from "../hadoop/jvm.ts";
import { MONITOR } from "../shared/monitor.ts";
import { alertmanager, alertsCredentials, alertsMistakes, alertsSettings } from "./alerts.ts";
import { prometheusOptions, type PrometheusOptions } from "./options.ts";
import { prometheusConfig } from "./scrape.ts";

const PORTS = { server: 9090, node: 9100 };

/** Prometheus: the figures of every node and of every daemon that tells some, and alerts for what breaks clusters. */
export const prometheus: ServiceDefinition<PrometheusOptions> = {
  name: "prometheus",
  description: "Figures of all nodes and daemons, and alerts, by Prometheus",
  options: prometheusOptions,
  daemons: {
    prometheus: {
      ...MONITOR,
      ports: { web: PORTS.server },
      heap: ({ memory }, options) => options.memory ?? heapShare(memory, 1 / 16, 64, 8192),
      // Measured: 75 MiB resident in all, with the figures of a small Hadoop cluster.
      nonHeap: 48,
      metrics: { port: "web", path: "/metrics" },
    },
    alertmanager: {
      ...MONITOR,
      when: (services) => services.prometheus?.["alerts"] !== undefined,
      ...alertmanager,
    },
    nodeexporter: {
      on: "all",
      instances: "all",
      ports: { metrics: PORTS.node },
      heap: () => 0,
      nonHeap: 24,
      metrics: { port: "metrics", path: "/metrics", job: "node" },
    },
  },
  requires: [],
  roles: ["prometheus"],
  toolsOn: [],
  managesMembers: [],
  refuse,
  credentials: ({ options: { alerts } }) => (alerts === undefined ? [] : alertsCredentials(alerts)),
  settings,
  endpoints: (context) => ({ prometheus: pageOf(context.theNodeWith("prometheus")) }),
  checks,
};

const pageOf = ({ fqdn }: NodePlan): string => `http://${fqdn}:${PORTS.server}`;

function refuse({ options, nodesWith }: ServiceContext<PrometheusOptions>): Mistake[] {
  const [monitor] = nodesWith("prometheus");
  const { retentionSize, alerts } = options;
  const mistakes = alerts === undefined ? [] : alertsMistakes(alerts);
  if (monitor === undefined || retentionSize === undefined || !monitor.stateful || retentionSize < monitor.size.disk)
    return mistakes;
  const allowed = `less than ${monitor.size.disk}: the disk of ${monitor.name} (GiB)`;
  return [...mistakes, { path: "services.prometheus.retentionSize", found: String(retentionSize), allowed }];
}

/** What only the monitor is told, so that a node that comes or goes changes nobody else. */
function settings(context: ServiceContext<PrometheusOptions>, node: NodePlan): Record<string, unknown> {
  if (!node.daemons.includes("prometheus")) return { nodePort: PORTS.node };
  const { retentionDays, retentionSize, alerts } = context.options;
  return {
    nodePort: PORTS.node,
    server: {
      port: PORTS.server,
      page: pageOf(node),
      memory: node.memory.daemons["prometheus"]?.heap,
      retentionDays,
      retentionSize: retentionSize ?? Math.max(1, Math.floor(node.size.disk / 5)),
    },
    config: prometheusConfig(context),
    ...(alerts === undefined ? {} : { alerts: alertsSettings(alerts) }),
  };
}

function checks(context: ServiceContext<PrometheusOptions>): Check[] {
  const check = (what: string, timeoutSeconds: number): Check => ({
    name: `prometheus: ${what}`,
    service: "prometheus",
    on: [context.theNodeWith("prometheus").name],
    mode: "any",
    run: [`prometheus/${what}`],
    timeoutSeconds,
    // Who is not watched works all the same.
    required: false,
  });
  // Everybody is looked at once in that time, and then once more.
  const patience = 60 + 2 * context.options.scrapeSeconds;
  const sent = context.options.alerts === undefined ? [] : [check("alerts", patience)];
  return [check("targets", patience), check("rules", 60), ...sent];
}
