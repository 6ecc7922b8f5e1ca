import { z } from "zod";
import { wholeNumber } from "../config/fields.ts";
import type { NodePlan } from "../cluster-plan.ts";
import type { ServiceContext, ServiceDefinition } from "../service.ts";

const gangliaOptions = z.strictObject({
  pollSeconds: wholeNumber(1, 300)
    .default(15)
    .describe("Seconds from one record of all figures to the next. Default 15."),
  forgetHours: wholeNumber(1, 8760).default(24).describe("After how long a node that left is forgotten. Default 24."),
});

export type GangliaOptions = z.output<typeof gangliaOptions>;

const PORTS = { gmond: 8649, xml: 8651, query: 8652 };

/** Ganglia: every node tells the monitor of itself, which keeps it in round-robin databases and tells it as XML. */
export const ganglia: ServiceDefinition<GangliaOptions> = {
  name: "ganglia",
  description: "Figures of all nodes, by Ganglia",
  options: gangliaOptions,
  daemons: {
    gmond: { on: "all", instances: "all", ports: {}, heap: () => 0, nonHeap: 8 },
    gmetad: {
      on: ["monitor", "master"],
      instances: "one",
      prefer: 1,
      // Of its node's gmond, to which the others send: without multicast, which clouds do not have.
      ports: { xml: PORTS.xml, gmond: PORTS.gmond },
      udpPorts: { gmond: PORTS.gmond },
      heap: () => 0,
      nonHeap: 16,
    },
  },
  requires: [],
  roles: ["ganglia"],
  toolsOn: [],
  managesMembers: [],
  refuse: () => [],
  settings,
  endpoints: (context) => ({ ganglia: `XML at ${context.theNodeWith("gmetad").fqdn}:${PORTS.xml}` }),
  checks: (context) => [
    {
      name: "ganglia: hosts",
      service: "ganglia",
      on: [context.theNodeWith("gmetad").name],
      mode: "any",
      run: ["ganglia/hosts", ...context.nodesWith("gmond").map((node) => node.name)],
      timeoutSeconds: 90 + 2 * context.options.pollSeconds,
      // Who is not watched works all the same.
      required: false,
    },
  ],
};

function settings(context: ServiceContext<GangliaOptions>, node: NodePlan): Record<string, unknown> {
  const { pollSeconds, forgetHours } = context.options;
  const { name, address } = context.theNodeWith("gmetad");
  return {
    ports: PORTS,
    monitor: { name, address },
    forgetSeconds: forgetHours * 3600,
    ...(node.daemons.includes("gmetad") ? { pollSeconds } : {}),
  };
}
