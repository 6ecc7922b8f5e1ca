import type { Check } from "../../../contract/job.ts";
import { parseGibibytes } from "../../config/units.ts";
import type { ServiceContext, ServiceDefinition } from "../../service.ts";
import { ringChecks } from "../shared/ring.ts";
import { type GlusterfsOptions, glusterfsOptions } from "./options.ts";
import { copiesOf, glusterfsMistakes } from "./refusals.ts";

const PORT = 24007;

/** Bricks take any of these at each start. Below the range of outgoing connections, which might hold one of them. */
const BRICK_PORTS: [number, number] = [24100, 24163];

/** Seconds that a check waits for the volume to be whole: copies that were missing are made again meanwhile. */
const HEALED = 180;

/** A volume over the disks of all storage nodes, each file on several of them: GlusterFS. */
export const glusterfs: ServiceDefinition<GlusterfsOptions> = {
  name: "glusterfs",
  description: "A shared folder kept by several storage nodes at once, by GlusterFS",
  options: glusterfsOptions,
  daemons: {
    glusterd: {
      on: "storage",
      instances: "all",
      ports: { management: PORT },
      heap: () => 0,
      // Measured: glusterd 23 MiB, a brick 26, self-healing 13, quotas 18; each grows with the files that it knows.
      nonHeap: 160,
      stateful: true,
    },
    // 20 MiB without files in its memory.
    glusterfs: { on: "all", instances: "all", ports: {}, heap: (_size, { cache }) => cache, nonHeap: 32 },
  },
  requires: [],
  roles: ["glusterfs"],
  toolsOn: "all",
  managesMembers: [],
  extraRules: () => [
    { name: "glusterfs bricks", to: ["storage"], protocol: "tcp", ports: BRICK_PORTS, source: "cluster" },
  ],
  refuse: glusterfsMistakes,
  settings,
  leave: (context) => [
    {
      service: "glusterfs",
      on: context.nodesWith("glusterd").map(({ name }) => name),
      run: ["glusterfs"],
      timeoutSeconds: 6 * 3600,
    },
  ],
  endpoints: (context) => ({
    glusterfs: `${context.options.path} on every node; ${context
      .nodesWith("glusterd")
      .slice(0, 3)
      .map(({ fqdn }) => fqdn)
      .join(",")}:/shared`,
  }),
  checks,
};

function settings(context: ServiceContext<GlusterfsOptions>): Record<string, unknown> {
  const { options, subnet } = context;
  const bricks = context.nodesWith("glusterd").map(({ name, address }) => ({ name, address }));
  return {
    path: options.path,
    mode: options.mode,
    bricks,
    replica: copiesOf(options, bricks.length),
    arbiter: options.arbiter,
    quota: gibibytes(options.quota),
    folders: options.folders.map(({ name, quota, mode = "1777" }) => ({ name, mode, quota: gibibytes(quota) })),
    cache: options.cache,
    mountOptions: options.mountOptions,
    subnet,
    port: PORT,
    brickPorts: BRICK_PORTS,
  };
}

const gibibytes = (quota: string | undefined): number => (quota === undefined ? 0 : (parseGibibytes(quota) ?? 0));

/** The volume by itself; then every node writes, and reads what the next one in the ring wrote. */
function checks(context: ServiceContext<GlusterfsOptions>): Check[] {
  const { quota, folders } = context.options;
  const volume: Check = {
    name: "glusterfs: volume",
    service: "glusterfs",
    on: context.nodesWith("glusterd").map(({ name }) => name),
    mode: "any",
    run: ["glusterfs/volume", String(HEALED - 20)],
    timeoutSeconds: HEALED,
    required: true,
  };
  const after = [volume.name];
  const quotas: Check = { ...volume, name: "glusterfs: quotas", run: ["glusterfs/quotas"], timeoutSeconds: 60, after };
  const names = context.nodes.map(({ name }) => name);
  return [
    volume,
    ...([{ quota }, ...folders].some((one) => one.quota !== undefined) ? [{ ...quotas, required: false }] : []),
    ...ringChecks({ ...volume, timeoutSeconds: 90 }, names),
  ];
}
