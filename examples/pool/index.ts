import * as pulumi from "@pulumi/pulumi";
import { localCloud, PoolCluster, recallMemories } from "muster";

const config = new pulumi.Config();
const memories = await recallMemories();

/** Machines that are alike within their pool; the first of all serves names and time to the others. */
const plain = new PoolCluster("plain", {
  cloud: await localCloud(),
  memory: memories["plain"],
  pools: {
    web: { count: config.requireNumber("web"), memory: "512 MiB" },
    // With a data volume of its own at /data, which outlives the machine.
    files: { count: 1, memory: "1 GiB", cpus: 2, disk: "20 GiB" },
  },
  users: [{ name: "ada", sudo: true }],
  verification: {
    expectations: [
      {
        name: "names of the others",
        command: "getent hosts plain-files-1",
        on: "web",
        matches: "^10[.].* plain-files-1",
      },
      { name: "a volume for files", command: "mountpoint /data", on: "files" },
    ],
  },
});

export const { nodes } = plain;
export const memory = { plain: plain.memory };
