import { z } from "zod";
import type { AnyService, ServiceDefinition, ServiceRegistry } from "../../../plan/service.ts";
import { versionMistakes } from "../../../plan/versions.ts";

/** Services small enough to compute by hand, in the shapes that real ones have. */
const store: ServiceDefinition<{ copies: number; label?: string }> = {
  name: "hdfs",
  description: "A store",
  options: z.object({
    copies: z.int().min(1).default(1).describe("Copies."),
    label: z.string().optional().describe("A label."),
  }),
  daemons: {
    index: {
      on: "master",
      instances: "one",
      prefer: 0,
      ports: { rpc: 8020 },
      heap: () => 100,
      nonHeap: 50,
      stateful: true,
    },
    helper: {
      on: "master",
      instances: "one",
      prefer: 1,
      ports: { web: 8021 },
      heap: () => 20,
      nonHeap: 10,
      stateful: true,
      rebuildable: true,
    },
    block: { on: "worker", instances: "all", ports: { data: 9866 }, heap: () => 60, nonHeap: 40, stateful: true },
  },
  requires: [],
  roles: ["java", "hdfs"],
  toolsOn: ["client"],
  managesMembers: ["index"],
  artifacts: () => [{ name: "hadoop", id: "hadoop-1" }],
  refuseVersions: versionMistakes,
  refuse: ({ options, nodesWith }) =>
    options.copies > nodesWith("block").length
      ? [
          {
            path: "services.hdfs.copies",
            found: String(options.copies),
            allowed: `allowed: 1 … ${nodesWith("block").length}`,
          },
        ]
      : [],
  settings: ({ options, theNodeWith }) => ({ copies: options.copies, index: theNodeWith("index").fqdn }),
  leave: ({ theNodeWith }) => [{ service: "hdfs", on: [theNodeWith("index").name], run: ["hdfs"], timeoutSeconds: 60 }],
  endpoints: ({ theNodeWith }) => ({ hdfs: `hdfs://${theNodeWith("index").fqdn}:8020` }),
  checks: ({ theNodeWith }) => [
    {
      name: "hdfs: live",
      service: "hdfs",
      on: [theNodeWith("index").name],
      mode: "any",
      run: ["hdfs/live"],
      timeoutSeconds: 60,
      required: true,
    },
  ],
};

const scheduler: ServiceDefinition<Record<string, never>> = {
  name: "yarn",
  description: "A scheduler",
  options: z.strictObject({}),
  daemons: {
    manager: {
      on: "master",
      instances: "one",
      prefer: 1,
      ports: { web: 8088 },
      heap: (size) => size.memory / 8,
      nonHeap: 72,
    },
    runner: { on: "worker", instances: "all", ports: { rpc: 8041 }, heap: () => 80, nonHeap: 70 },
  },
  requires: ["hdfs"],
  roles: ["java", "yarn"],
  toolsOn: "all",
  managesMembers: ["manager"],
  extraRules: () => [
    { name: "yarn containers", to: ["worker"], protocol: "tcp", ports: [32768, 60999], source: "cluster" },
  ],
  artifacts: () => [{ name: "hadoop", id: "hadoop-1" }],
  refuse: () => [],
  settings: () => ({}),
  leave: ({ theNodeWith }) => [
    { service: "yarn", on: [theNodeWith("manager").name], run: ["yarn"], timeoutSeconds: 60 },
  ],
  endpoints: () => ({}),
  checks: () => [],
};

export const fakes: ServiceRegistry = { hdfs: store, yarn: scheduler } satisfies Record<string, AnyService>;
