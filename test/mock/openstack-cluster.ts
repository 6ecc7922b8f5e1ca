import { OpenStackCloud } from "../../components/clouds/openstack/openstack-cloud.ts";
import type { OpenStackOptionsInput } from "../../components/clouds/openstack/options.ts";
import type { Readings } from "../../components/clouds/openstack/readings.ts";
import { HadoopCluster, type HadoopClusterArgs } from "../../components/hadoop-cluster.ts";
import { answer } from "./commands.ts";
import { type MockRun, mockRun, type Registration } from "./monitor.ts";
import { credentials, options, readings } from "./openstack-readings.ts";

interface Wanted {
  options?: Partial<OpenStackOptionsInput>;
  readings?: Partial<Readings>;
  args?: Partial<HadoopClusterArgs>;
  preview?: boolean;
}

/** What the cloud gives out: a floating IP's address, a port's id. */
const given = (type: string, name: string): Record<string, unknown> =>
  type.endsWith(":FloatingIp") ? { address: `198.51.100.${/-(\d)-address$/.exec(name)?.[1]}` } : answer(type, name);

export const build = ({
  options: chosen = {},
  readings: seen = {},
  args = {},
  preview = false,
}: Wanted = {}): Promise<MockRun> =>
  mockRun(
    () => {
      const cloud = new OpenStackCloud(options(chosen), credentials, { ...readings, ...seen });
      const description = {
        subnet: "10.5.0.0/20",
        adminNetworks: ["203.0.113.0/24"],
        pools: { master: 1, worker: 2 },
        ...args,
      };
      const cluster = new HadoopCluster("dev", { cloud, bundle: "bundle", ...description });
      return { memory: cluster.memory };
    },
    preview ? { preview } : { answer: given },
  );

const short = ({ type }: Registration): string => type.split(":").at(-1) ?? "";
export const ofType = (run: MockRun, type: string): Registration[] =>
  run.registrations.filter((one) => short(one) === type);
export const names = (run: MockRun, type: string): string[] =>
  ofType(run, type)
    .map(({ name }) => name)
    .sort();
export const memory = (part: object = {}) => ({
  uid: "uid",
  kind: "hadoop",
  attempt: 1,
  generations: {},
  revivals: {},
  volumes: {},
  ...part,
});
export const server = (name: string, changes: object = {}) => ({
  id: `${name}-id`,
  name,
  status: "ACTIVE",
  tags: ["muster"],
  image: { id: "image-0" },
  metadata: {
    "muster.cluster": "muster.dev.dev",
    "muster.uid": "uid",
    "muster.kind": "hadoop",
    "muster.node": name,
    "muster.generation": "1",
  },
  ...changes,
});
export const ownNetwork = {
  networks: [
    ...readings.networks,
    {
      id: "n-own",
      name: "muster.dev.dev",
      "router:external": false,
      subnets: [],
      tags: ["muster", "muster.cluster=muster.dev.dev"],
    },
  ],
};
