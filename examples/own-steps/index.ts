import * as pulumi from "@pulumi/pulumi";
import { localCloud, PoolCluster, recallMemories } from "muster";

const config = new pulumi.Config();
const memories = await recallMemories();

/** Every kind of own step once. Paths are relative to this folder. */
const cluster = new PoolCluster("steps", {
  cloud: await localCloud(),
  memory: memories["steps"],
  folder: import.meta.dirname,
  pools: { front: { count: 1, roles: ["master"], memory: "512 MiB" }, back: { count: 2, memory: "512 MiB" } },
  users: ["ada"],
  steps: [
    { packages: ["ca-certificates"], when: "before" },
    { role: "roles/motd", vars: { motd_greeting: config.require("greeting") } },
    { playbook: "tuning/site.yml" },
    { file: "files/hosts.allow", to: "/etc/hosts.allow", on: "front" },
    { script: "scripts/count-me", args: ["once"], user: "ada", on: "back" },
  ],
  verification: {
    expectations: [
      {
        name: "the greeting",
        command: "cat /etc/motd",
        on: "all",
        matches: `^${config.require("greeting")}, this is steps-`,
      },
      { name: "the script ran once", command: "cat ~/counted", on: "back", user: "ada", matches: "^once$" },
    ],
  },
});

export const { nodes } = cluster;
export const memory = { steps: cluster.memory };
