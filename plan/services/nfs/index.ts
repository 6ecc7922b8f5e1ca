import type { Check } from "../../../contract/job.ts";
import type { ServiceContext, ServiceDefinition } from "../../service.ts";
import { ringChecks } from "../shared/ring.ts";
import { exportMistakes, exportsOf } from "./exports.ts";
import { type NfsOptions, nfsOptions } from "./options.ts";

const PORT = 2049;

/** Folders that every node has, on the disk of one: NFS version 4, by the kernel or, where that has none, NFS-Ganesha. */
export const nfs: ServiceDefinition<NfsOptions> = {
  name: "nfs",
  description: "Shared folders, and if wanted users' homes, by NFS",
  options: nfsOptions,
  daemons: {
    nfs: {
      on: ["storage", "master"],
      instances: "one",
      prefer: 0,
      ports: { nfs: PORT },
      heap: () => 0,
      // NFS-Ganesha was measured at 55 MiB when 16 clients had listed 30,000 files; the kernel's server takes less.
      nonHeap: 96,
      stateful: true,
    },
  },
  requires: [],
  roles: ["nfs"],
  toolsOn: "all",
  managesMembers: [],
  refuse: ({ options }) => exportMistakes(options),
  settings: (context) => {
    const { options, subnet } = context;
    const { name, fqdn, address } = context.theNodeWith("nfs");
    return {
      server: { name, fqdn, address, port: PORT },
      subnet,
      exports: exportsOf(options),
      home: options.home,
      threads: options.threads,
    };
  },
  endpoints: (context) => {
    const { fqdn } = context.theNodeWith("nfs");
    return {
      nfs: exportsOf(context.options)
        .map(({ source }) => `nfs://${fqdn}${source}`)
        .join(" "),
    };
  },
  checks,
};

/** The server by itself; then every node writes, and reads what the next one in the ring wrote. */
function checks(context: ServiceContext<NfsOptions>): Check[] {
  const server: Check = {
    name: "nfs: server",
    service: "nfs",
    on: [context.theNodeWith("nfs").name],
    mode: "any",
    run: ["nfs/server"],
    timeoutSeconds: 90,
    required: true,
  };
  const quotas: Check = { ...server, name: "nfs: quotas", run: ["nfs/quotas"], timeoutSeconds: 120, required: false };
  return [
    server,
    ...(exportsOf(context.options).some(({ quota }) => quota > 0) ? [quotas] : []),
    ...ringChecks(
      server,
      context.nodes.map((node) => node.name),
    ),
  ];
}
