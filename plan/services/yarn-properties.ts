import type { NodePlan } from "../cluster-plan.ts";
import type { ServiceContext } from "../service.ts";
import { CONTAINERS_PER_CPU, type ContainerSizes } from "./hadoop/containers.ts";
import type { Properties } from "./hadoop/properties.ts";
import { storesIn } from "./objectstores/options.ts";
import { STORE_JARS } from "./objectstores/properties.ts";
import type { YarnOptions } from "./yarn.ts";

/** Jars and configuration as containers find them on every node. */
export const hadoopClasspath = ({ optionsOf }: ServiceContext<unknown>): string =>
  ["/etc/hadoop", "/opt/hadoop/lib/*", ...(storesIn(optionsOf) === undefined ? [] : [STORE_JARS.hadoop])].join(",");

/** yarn-site.xml of one node. */
export function yarnProperties(
  context: ServiceContext<YarnOptions>,
  node: NodePlan,
  sizes: ContainerSizes,
): Properties {
  const manager = context.theNodeWith("resourcemanager");
  return {
    "yarn.resourcemanager.hostname": manager.fqdn,
    "yarn.resourcemanager.webapp.address": `${manager.fqdn}:8088`,
    // Daemons start at the same time on all nodes; the default waits 30 s before it asks again.
    "yarn.resourcemanager.connect.retry-interval.ms": "1000",
    "yarn.application.classpath": hadoopClasspath(context),
    "yarn.log-aggregation-enable": "true",
    "yarn.log-aggregation.retain-seconds": "604800",
    "yarn.nodemanager.remote-app-log-dir": "/yarn-logs",
    "yarn.acl.enable": "true",
    "yarn.admin.acl": `yarn,${context.spec.loginUser}`,
    ...historyServer(context),
    ...(node.daemons.includes("resourcemanager") ? resourceManagerProperties(sizes) : {}),
    ...(node.daemons.includes("nodemanager") ? nodeManagerProperties(node) : {}),
  };
}

/** capacity-scheduler.xml: one queue for everybody. */
export function schedulerProperties(): Properties {
  return {
    "yarn.scheduler.capacity.root.queues": "default",
    "yarn.scheduler.capacity.root.default.capacity": "100",
    // The default of 0.1 lets a small cluster run one job at a time.
    "yarn.scheduler.capacity.maximum-am-resource-percent": "0.5",
    "yarn.scheduler.capacity.resource-calculator": "org.apache.hadoop.yarn.util.resource.DominantResourceCalculator",
    // Place a task at once instead of waiting for a heartbeat of the node that holds its data, as small clusters should.
    "yarn.scheduler.capacity.node-locality-delay": "10",
  };
}

function historyServer(context: ServiceContext<YarnOptions>): Properties {
  const history = context.nodesWith("historyserver")[0];
  return history ? { "yarn.log.server.url": `http://${history.fqdn}:19888/jobhistory/logs` } : {};
}

function resourceManagerProperties(sizes: ContainerSizes): Properties {
  return {
    "yarn.scheduler.minimum-allocation-mb": String(sizes.minimum),
    "yarn.scheduler.maximum-allocation-mb": String(sizes.maximum),
    "yarn.resourcemanager.nodes.include-path": "/var/lib/hadoop-yarn/members/include",
    "yarn.resourcemanager.nodes.exclude-path": "/var/lib/hadoop-yarn/members/exclude",
    // Submitting jobs over HTTP without a name is how open clusters get mined.
    "yarn.webapp.enable-rest-app-submissions": "false",
    "yarn.webapp.ui-actions.enabled": "false",
    // How often leaving nodes are looked at; the default of 20 s is most of an idle node's leaving.
    "yarn.resourcemanager.decommissioning-nodes-watcher.poll-interval-secs": "2",
    // Running jobs outlive a restart of the ResourceManager.
    "yarn.resourcemanager.recovery.enabled": "true",
    "yarn.resourcemanager.store.class": "org.apache.hadoop.yarn.server.resourcemanager.recovery.FileSystemRMStateStore",
    "yarn.resourcemanager.fs.state-store.uri": "file:///var/lib/hadoop-yarn/state",
    "yarn.resourcemanager.work-preserving-recovery.scheduling-wait-ms": "1000",
  };
}

function nodeManagerProperties(node: NodePlan): Properties {
  const local = localPath(node);
  return {
    "yarn.nodemanager.hostname": node.fqdn,
    "yarn.nodemanager.address": `${node.fqdn}:8041`,
    "yarn.nodemanager.localizer.address": `${node.fqdn}:8040`,
    "yarn.nodemanager.webapp.address": `${node.fqdn}:8042`,
    "yarn.nodemanager.aux-services": "mapreduce_shuffle",
    "yarn.nodemanager.local-dirs": `${local}/local`,
    "yarn.nodemanager.log-dirs": `${local}/logs`,
    "yarn.nodemanager.resource.memory-mb": String(node.memory.available),
    "yarn.nodemanager.resource.cpu-vcores": String(CONTAINERS_PER_CPU * node.size.cpus),
    // Address space says nothing about memory: Java reserves far more than it uses.
    "yarn.nodemanager.vmem-check-enabled": "false",
    "yarn.nodemanager.pmem-check-enabled": "true",
    // A disk that is merely rather full must not turn the node unhealthy: free space counts, not the share.
    "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage": "98.0",
    "yarn.nodemanager.disk-health-checker.min-free-space-per-disk-mb": "512",
    "yarn.nodemanager.env-whitelist":
      "JAVA_HOME,HADOOP_COMMON_HOME,HADOOP_HDFS_HOME,HADOOP_CONF_DIR,CLASSPATH_PREPEND_DISTCACHE,HADOOP_YARN_HOME,HADOOP_HOME,PATH,LANG,TZ,HADOOP_MAPRED_HOME",
    // Processor and memory of each container while it runs, not only at its end.
    "yarn.nodemanager.container-metrics.period-ms": "5000",
    // Running containers outlive a restart of the NodeManager.
    "yarn.nodemanager.recovery.enabled": "true",
    "yarn.nodemanager.recovery.supervised": "true",
    "yarn.nodemanager.recovery.dir": "/var/lib/hadoop-yarn/nodemanager",
  };
}

/** Scratch space of containers: on the data volume where there is one, because it is the roomier disk. */
export function localPath(node: NodePlan): string {
  return node.stateful ? "/data/yarn" : "/var/lib/hadoop-yarn/scratch";
}
