import * as pulumi from "@pulumi/pulumi";
import { HadoopCluster, localCloud, recallMemories } from "muster";

const config = new pulumi.Config();
const memories = await recallMemories();

/**
 * One master, one client, three slaves. "slave" is a pool's name like any other; what its machines do comes from the
 * role. People work on the client: it has the tools and the configuration, and no daemons.
 */
const cluster = new HadoopCluster("autopro", {
  cloud: await localCloud(),
  memory: memories["autopro"],
  pools: {
    master: 1,
    client: 1,
    slave: { count: config.requireNumber("slaves"), roles: ["worker"], memory: config.require("memory"), minReady: 2 },
  },
  services: { hdfs: { replication: 2 } },
  users: ["analyst"],
});

export const endpoints = cluster.endpoints;
export const nodes = cluster.nodes;
export const memory = { autopro: cluster.memory };
