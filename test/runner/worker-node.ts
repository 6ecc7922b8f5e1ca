import { machineName } from "../../components/clouds/local/host-key.ts";
import { hostName } from "../../components/clouds/local/tags.ts";
import type { JobNode } from "../../contract/job.ts";
import { clusterIdOf, type HostWish } from "../hosts/test-hosts.ts";

export const clusterId = clusterIdOf("runner");

/** Name of a secret that the nodes of these jobs share. */
export const SHARED = "fake.key";

/** Node number `index` of the pool, as a host in a subnet (CIDR). */
export function workerWish(index: number, subnet: string): HostWish {
  const name = `live-worker-${index}`;
  return {
    ...{ name, fqdn: `${name}.live.internal`, address: subnet.replace(/\d+\/\d+$/, String(10 + index)) },
    ...{ pool: "worker", ordinal: index, roles: ["worker"], memory: 512, cpus: 1, stateful: false },
  };
}

/** Node number `index` of the pool, in a job; its host key is asked of `muster-local`. */
export function workerNode(index: number, note = "", generation = 1, subnet = "10.95.1.0/24"): JobNode {
  const { name, fqdn, address } = workerWish(index, subnet);
  const member = { name, fqdn, address, pool: "worker", roles: ["worker"], daemons: ["fake"] };
  const machine = machineName(hostName(clusterId, name), generation);
  return {
    name,
    pool: "worker",
    ordinal: index,
    roles: ["worker"],
    generation,
    ssh: {
      address,
      port: 22,
      user: "muster",
      hostKey: { kind: "outOfBand", argv: ["muster-local", "host-keys"], machine },
    },
    view: {
      format: 1,
      cluster: { name: "live", kind: "hadoop", domain: "live.internal", subnet: "10.0.0.0/24", formatted: [] },
      node: {
        ...member,
        ordinal: index,
        groups: ["worker"],
        cpus: 1,
        stateful: true,
        memory: { host: 512, reserved: 128, daemons: {}, available: 128 },
      },
      masters: [],
      resolvers: [],
      loginUser: "muster",
      users: [],
      firewall: {
        operatorSources: [],
        operator: [],
        accept: [{ name: "closed", protocol: "tcp", ports: [9999, 9999], source: "10.0.0.0/24" }],
      },
      versions: { hadoop: "3.4.2", java: 17 },
      artifacts: {},
      apply: [],
      secrets: [SHARED],
      services: { note: { note } },
    },
  };
}
