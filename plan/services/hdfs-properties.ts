import type { NodePlan } from "../cluster-plan.ts";
import type { ServiceContext } from "../service.ts";
import type { Properties } from "./hadoop/properties.ts";
import type { HdfsOptions } from "./hdfs.ts";

/** Where HDFS keeps everything; a constant, because a changed path looks like a store that was never formatted. */
const hdfsDataPath = "/data/hdfs";

/** Empty: nobody may set what would put HDFS's data, or a part of it, somewhere else. */
export const dataElsewhere: Properties = {
  "dfs.namenode.edits.dir": "",
  "dfs.namenode.shared.edits.dir": "",
  "dfs.namenode.checkpoint.edits.dir": "",
  // With a name service, `dfs.namenode.name.dir.<its name>` wins over the plain property.
  "dfs.nameservices": "",
  "dfs.internal.nameservices": "",
  "dfs.nameservice.id": "",
  "dfs.ha.namenode.id": "",
};

/** core-site.xml: the same on every node. */
export function coreProperties(context: ServiceContext<HdfsOptions>): Properties {
  return {
    "fs.defaultFS": `hdfs://${context.theNodeWith("namenode").fqdn}:8020`,
    "hadoop.tmp.dir": "/var/tmp/hadoop-${user.name}",
    "hadoop.security.authorization": "false",
    "hadoop.security.authentication": "simple",
    // Stack traces of a web page tell a stranger versions and paths.
    "hadoop.http.cross-origin.enabled": "false",
    // Every daemon's figures at /prom, whether somebody reads them or not: who begins to need not restart anything.
    "hadoop.prometheus.endpoint.enabled": "true",
    // Deleted files can be taken back for a day.
    "fs.trash.interval": "1440",
  };
}

/** hdfs-site.xml of one node: what its daemons need, and what clients need to know of them. */
export function hdfsProperties(context: ServiceContext<HdfsOptions>, node: NodePlan): Properties {
  const namenode = context.theNodeWith("namenode");
  const secondary = context.theNodeWith("secondarynamenode");
  const has = (daemon: string) => node.daemons.includes(daemon);
  return {
    "dfs.namenode.rpc-address": `${namenode.fqdn}:8020`,
    "dfs.namenode.http-address": `${namenode.fqdn}:9870`,
    "dfs.namenode.secondary.http-address": `${secondary.fqdn}:9868`,
    "dfs.permissions.enabled": String(context.options.permissions),
    "dfs.xframe.enabled": "true",
    ...(has("namenode") ? nameNodeProperties(context) : {}),
    ...(has("secondarynamenode") ? { "dfs.namenode.checkpoint.dir": `file://${hdfsDataPath}/checkpoint` } : {}),
    ...(has("datanode") ? dataNodeProperties(node) : {}),
  };
}

/** hdfs-client.xml: defaults for new files, and how patient clients are; read by clients when they start. */
export function clientProperties(context: ServiceContext<HdfsOptions>): Properties {
  return {
    "dfs.replication": String(replicationOf(context)),
    "dfs.blocksize": String(context.options.blockSize * 1024 * 1024),
    // Jobs and writers outlive a restart of the NameNode: asked again once a second, then every five, for five minutes.
    "dfs.client.retry.policy.enabled": "true",
    "dfs.client.retry.policy.spec": "1000,30,5000,54",
    // Two copies are as dear as three: while a file is written, a DataNode that went is replaced where another one is free.
    "dfs.client.block.write.replace-datanode-on-failure.policy": "ALWAYS",
    "dfs.client.block.write.replace-datanode-on-failure.best-effort": "true",
  };
}

function nameNodeProperties(context: ServiceContext<HdfsOptions>): Properties {
  return {
    "dfs.namenode.name.dir": `file://${hdfsDataPath}/name`,
    // `-format` refuses a folder that holds anything (HDFS-12420).
    "dfs.reformat.disabled": "true",
    // Only members may register, by address and with a name that resolves both ways.
    "dfs.namenode.hosts.provider.classname": "org.apache.hadoop.hdfs.server.blockmanagement.CombinedHostFileManager",
    "dfs.hosts": `${hdfsDataPath}/members.json`,
    "dfs.namenode.datanode.registration.ip-hostname-check": "true",
    // Without it a decommission ignores blocks of files that are being written (HDFS-17658).
    "dfs.namenode.decommission.track.underconstructionblocks": "true",
    // How often leaving nodes are looked at; the default of 30 s is most of a small decommission.
    "dfs.namenode.decommission.interval": "5",
    "dfs.namenode.avoid.read.stale.datanode": "true",
    "dfs.namenode.avoid.write.stale.datanode": "true",
    // How long to wait for stragglers once enough blocks are reported: 30 s pays off on large clusters only.
    "dfs.namenode.safemode.extension": context.nodesWith("datanode").length > 20 ? "30000" : "3000",
  };
}

function dataNodeProperties(node: NodePlan): Properties {
  return {
    "dfs.datanode.data.dir": `file://${hdfsDataPath}/data`,
    "dfs.datanode.hostname": node.fqdn,
    "dfs.datanode.address": `${node.address}:9866`,
    "dfs.datanode.ipc.address": `${node.address}:9867`,
    "dfs.datanode.http.address": `${node.address}:9864`,
    "dfs.datanode.data.dir.perm": "700",
  };
}

/** Copies of each block when files are made: as chosen, else 3 or what the DataNodes allow. */
function replicationOf(context: ServiceContext<HdfsOptions>): number {
  return context.options.replication ?? Math.max(1, Math.min(3, context.nodesWith("datanode").length));
}

/**
 * hdfs-site.xml of the NameNode: what may be chosen otherwise.
 *
 * A copy of a block counts as failed after so long, and is begun anew: nobody tells the NameNode that the DataNode which was
 * to take it restarted or refused. HDFS's own five minutes are for blocks of any size; these are for 2 MiB/s.
 */
export function nameNodeDefaults({ options }: ServiceContext<HdfsOptions>): Properties {
  const seconds = Math.min(300, Math.max(60, Math.ceil(options.blockSize / 2)));
  return { "dfs.namenode.reconstruction.pending.timeout-sec": String(seconds) };
}
