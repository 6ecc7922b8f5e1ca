import type { NodePlan } from "../../cluster-plan.ts";
import type { ServiceContext } from "../../service.ts";
import type { Properties } from "../hadoop/properties.ts";
import { ENVIRONMENT_PYTHON } from "../python/place.ts";
import { applicationCollector } from "../hadoop/jvm.ts";
import { modeOf, type SparkOptions } from "./options.ts";
import type { SparkSizes } from "./sizes.ts";

export const PORTS = {
  master: 7077,
  masterWeb: 8080,
  worker: 7078,
  workerWeb: 8081,
  history: 18080,
} as const;

/** First ports of what belongs to one application; each next one on the same node takes the next port. */
const APPLICATION_PORTS = { page: 4040, driver: 7100, blocks: 7200 };
/** Drivers, and executors, that one node may carry at the same time. */
const AT_ONCE = 64;

export const applicationRanges = Object.entries(APPLICATION_PORTS).map(
  ([purpose, first]) => [purpose, [first, first + AT_ONCE] as [number, number]] as const,
);

/** Where applications write what happened to them: read by the history server, which runs on one node. */
export const eventFolder = { hdfs: "/spark-history", local: "/var/lib/spark/events" };

export const masterUrl = (context: ServiceContext<SparkOptions>): string =>
  `spark://${context.theNodeWith("sparkmaster").fqdn}:${PORTS.master}`;

/** spark-defaults.conf but for the secret: what the plan decides. */
export function managedProperties(context: ServiceContext<SparkOptions>): Properties {
  const mode = modeOf(context.spec.services);
  const history = context.theNodeWith("sparkhistory");
  const store = context.optionsOf("hdfs") === undefined ? undefined : context.theNodeWith("namenode");
  const events = store ? `hdfs://${store.fqdn}:8020${eventFolder.hdfs}` : `file://${eventFolder.local}`;
  return {
    "spark.master": mode === "yarn" ? "yarn" : masterUrl(context),
    "spark.authenticate": "true",
    "spark.eventLog.enabled": "true",
    "spark.eventLog.dir": events,
    "spark.history.fs.logDirectory": events,
    "spark.history.ui.port": String(PORTS.history),
    // Figures of masters, workers and drivers for Prometheus, whether somebody reads them or not, as of Hadoop's daemons.
    "spark.metrics.conf.*.sink.prometheusServlet.class": "org.apache.spark.metrics.sink.PrometheusServlet",
    "spark.metrics.conf.*.sink.prometheusServlet.path": "/metrics/prometheus",
    "spark.metrics.conf.master.sink.prometheusServlet.path": "/metrics/master/prometheus",
    "spark.metrics.conf.applications.sink.prometheusServlet.path": "/metrics/applications/prometheus",
    "spark.ui.prometheus.enabled": "true",
    "spark.ui.port": String(APPLICATION_PORTS.page),
    "spark.driver.port": String(APPLICATION_PORTS.driver),
    "spark.blockManager.port": String(APPLICATION_PORTS.blocks),
    "spark.port.maxRetries": String(AT_ONCE),
    ...(mode === "yarn"
      ? {
          "spark.yarn.jars": "local:/opt/spark/jars/*",
          "spark.yarn.historyServer.address": `${history.fqdn}:${PORTS.history}`,
        }
      : {
          // Submitting jobs over HTTP without a name is how open clusters get mined.
          "spark.master.rest.enabled": "false",
          "spark.master.ui.decommission.allow.mode": "DENY",
          "spark.ui.killEnabled": "false",
          "spark.deploy.recoveryMode": "FILESYSTEM",
          "spark.deploy.recoveryDirectory": "/var/lib/spark/recovery",
        }),
  };
}

/** What a user may choose otherwise, by options or properties. */
export function sizeProperties(
  context: ServiceContext<SparkOptions>,
  workers: readonly NodePlan[],
  sizes: SparkSizes,
): Properties {
  const { options } = context;
  const { driver, applicationMaster, executor } = sizes;
  const yarn = modeOf(context.spec.services) === "yarn";
  const java = workers.flatMap(applicationCollector)[0] ?? "";
  return {
    "spark.driver.memory": `${driver.heap}m`,
    "spark.driver.memoryOverhead": `${driver.beyond}m`,
    "spark.executor.memory": `${executor.heap}m`,
    "spark.executor.memoryOverhead": `${executor.beyond}m`,
    "spark.executor.cores": String(executor.cores),
    ...(java === "" ? {} : { "spark.driver.defaultJavaOptions": java, "spark.executor.defaultJavaOptions": java }),
    "spark.pyspark.python": pythonOf(context),
    "spark.history.fs.update.interval": "5s",
    "spark.history.fs.cleaner.enabled": "true",
    "spark.history.fs.cleaner.maxAge": `${options.eventLogDays}d`,
    "spark.dynamicAllocation.enabled": String(options.dynamicAllocation ?? yarn),
    // Executors that hold shuffled data stay. The service that would serve it in their place is in no registry for YARN,
    // and Spark's own listens on every address.
    "spark.shuffle.service.enabled": "false",
    "spark.dynamicAllocation.shuffleTracking.enabled": "true",
    ...(yarn
      ? {
          "spark.yarn.am.memory": `${applicationMaster.heap}m`,
          "spark.yarn.am.memoryOverhead": `${applicationMaster.beyond}m`,
        }
      : { "spark.worker.cleanup.enabled": "true" }),
  };
}

/** The Python of jobs, as every node has it. */
export const pythonOf = ({ options, optionsOf }: ServiceContext<SparkOptions>): string =>
  optionsOf("python") === undefined ? `/usr/bin/python${options.python ?? "3"}` : ENVIRONMENT_PYTHON;
