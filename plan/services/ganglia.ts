import { z } from "zod";
import { flag, wholeNumber } from "../config/fields.ts";
import type { Check } from "../../contract/job.ts";
import type { NodePlan } from "../cluster-plan.ts";
import type { ServiceContext, ServiceDefinition } from "../service.ts";
import { heapShare } from "./hadoop/jvm.ts";
import { MONITOR } from "./shared/monitor.ts";

const gangliaOptions = z.strictObject({
  pollSeconds: wholeNumber(1, 300)
    .default(15)
    .describe("Seconds from one record of all figures to the next. Default 15."),
  forgetHours: wholeNumber(1, 8760).default(24).describe("After how long a node that left is forgotten. Default 24."),
  web: flag().default(true).describe("Whether the monitor has Ganglia's pages. Default true."),
});

export type GangliaOptions = z.output<typeof gangliaOptions>;

const PORTS = { gmond: 8649, xml: 8651, query: 8652, web: 8653 };

/** What PHP may take for a page of a cluster without nodes, MiB. */
const PAGE_MEMORY = 24;

/**
 * Ganglia: every node tells the monitor of itself, which keeps it in round-robin databases, tells it as XML and shows it
 * as pages.
 */
export const ganglia: ServiceDefinition<GangliaOptions> = {
  name: "ganglia",
  description: "Figures of all nodes, by Ganglia",
  options: gangliaOptions,
  daemons: {
    gmond: { on: "all", instances: "all", ports: {}, heap: () => 0, nonHeap: 8 },
    gmetad: {
      ...MONITOR,
      // Of its node's gmond, to which the others send: without multicast, which clouds do not have.
      ports: { xml: PORTS.xml, gmond: PORTS.gmond },
      udpPorts: { gmond: PORTS.gmond },
      heap: () => 0,
      nonHeap: 16,
    },
    // Beside the data of gmetad, which it reads.
    gangliaweb: {
      ...MONITOR,
      when: (services) => services.ganglia?.["web"] === true,
      ports: { web: PORTS.web },
      // Two processes work out pages, each with 45 KiB for a node.
      heap: ({ memory }) => heapShare(memory, 1 / 64, 16, 512),
      // Measured: 36 MiB, with the programs that draw two graphs; and PHP's own 12 beyond what it was seen to take.
      nonHeap: 48,
    },
  },
  requires: [],
  roles: ["ganglia"],
  toolsOn: [],
  managesMembers: [],
  refuse: () => [],
  settings,
  endpoints,
  checks,
};

function endpoints(context: ServiceContext<GangliaOptions>): Record<string, string> {
  const { fqdn } = context.theNodeWith("gmetad");
  return {
    ganglia: context.options.web
      ? `http://${fqdn}:${PORTS.web}/ganglia/?c=${context.spec.name}`
      : `XML at ${fqdn}:${PORTS.xml}`,
  };
}

function checks(context: ServiceContext<GangliaOptions>): Check[] {
  const all = context.nodesWith("gmond").map((node) => node.name);
  const hosts: Check = {
    name: "ganglia: hosts",
    service: "ganglia",
    on: [context.theNodeWith("gmetad").name],
    mode: "any",
    run: ["ganglia/hosts", ...all],
    timeoutSeconds: 90 + 2 * context.options.pollSeconds,
    // Who is not watched works all the same.
    required: false,
  };
  const pages: Check = { ...hosts, name: "ganglia: pages", run: ["ganglia/pages", ...all] };
  return context.options.web ? [hosts, pages] : [hosts];
}

function settings(context: ServiceContext<GangliaOptions>, node: NodePlan): Record<string, unknown> {
  const { pollSeconds, forgetHours } = context.options;
  const { name, address } = context.theNodeWith("gmetad");
  const pages = node.memory.daemons["gangliaweb"];
  return {
    ports: PORTS,
    monitor: { name, address },
    forgetSeconds: forgetHours * 3600,
    ...(node.daemons.includes("gmetad") ? { pollSeconds } : {}),
    ...(pages === undefined ? {} : { pageMemory: PAGE_MEMORY + Math.floor(pages.heap / 2) }),
  };
}
