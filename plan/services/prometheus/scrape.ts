import type { NodePlan } from "../../cluster-plan.ts";
import type { MetricsPage, Relabelling, ServiceContext } from "../../service.ts";
import { ACCESS } from "./alerts.ts";
import type { PrometheusOptions } from "./options.ts";

/** Longest that a daemon may take to answer. */
const PATIENCE = 10;

export const RULES = "/etc/prometheus/rules";

/** One group of targets, as in `scrape_configs` of prometheus.yml. */
interface ScrapeConfig {
  job_name: string;
  metrics_path: string;
  basic_auth?: typeof ACCESS.basicAuth;
  metric_relabel_configs?: readonly Relabelling[];
  static_configs: { targets: [string]; labels: { instance: string; pool: string } }[];
}

/** prometheus.yml: who is asked, where and how often. Targets go by the nodes' names, which outlive their addresses. */
export function prometheusConfig(context: ServiceContext<PrometheusOptions>): object {
  const { scrapeSeconds } = context.options;
  const [monitor] = context.nodesWith("alertmanager");
  return {
    global: {
      scrape_interval: `${scrapeSeconds}s`,
      scrape_timeout: `${Math.min(PATIENCE, scrapeSeconds)}s`,
      evaluation_interval: `${scrapeSeconds}s`,
      external_labels: { cluster: context.spec.name },
    },
    rule_files: [`${RULES}/*.yml`],
    ...(monitor === undefined ? {} : alerting),
    scrape_configs: [
      ...context.metricsPages().map(scrapeConfig),
      ...(monitor === undefined ? [] : [ofAlertmanager(monitor)]),
    ],
  };
}

const alerting = {
  alerting: { alertmanagers: [{ basic_auth: ACCESS.basicAuth, static_configs: [{ targets: [ACCESS.target] }] }] },
};

const ofAlertmanager = ({ name, pool }: NodePlan): ScrapeConfig => ({
  job_name: "alertmanager",
  metrics_path: "/metrics",
  basic_auth: ACCESS.basicAuth,
  static_configs: [{ targets: [ACCESS.target], labels: { instance: name, pool } }],
});

const scrapeConfig = ({ job, port, path, relabel, nodes }: MetricsPage): ScrapeConfig => ({
  job_name: job,
  metrics_path: path,
  ...(relabel.length > 0 ? { metric_relabel_configs: relabel } : {}),
  static_configs: nodes.map(({ name, pool, address }) => ({
    targets: [`${address}:${port}`],
    labels: { instance: name, pool },
  })),
});
