import type { ObservedMachine } from "../../components/clouds/cloud.ts";
import { OpenStackCloud } from "../../components/clouds/openstack/openstack-cloud.ts";
import type { OpenStackOptionsInput } from "../../components/clouds/openstack/options.ts";
import type { Quota, Readings } from "../../components/clouds/openstack/readings.ts";
import type { ClusterPlan } from "../../plan/cluster-plan.ts";
import { specFromArgs } from "../../plan/config/read.ts";
import { planCluster } from "../../plan/plan-cluster.ts";
import { credentials, options, readings } from "./openstack-readings.ts";

export const planned = (name: string, args: Parameters<typeof specFromArgs>[1] = {}, stack = "dev"): ClusterPlan => {
  const given = { subnet: "10.5.0.0/20", adminNetworks: ["203.0.113.0/24"], pools: { master: 1, worker: 4 }, ...args };
  return planCluster(specFromArgs(name, given), { project: "muster", stack, cloud: "openstack" });
};
export const plan = planned("dev");

export interface Given {
  options?: Partial<OpenStackOptionsInput>;
  readings?: Partial<Readings>;
  plan?: ClusterPlan;
  observed?: ObservedMachine[];
}

export const cloudOf = ({ options: chosen, readings: seen }: Given): OpenStackCloud =>
  new OpenStackCloud(options(chosen), credentials, { ...readings, ...seen });
export const refusals = (given: Given = {}): string[] =>
  cloudOf(given)
    .preflight(given.plan ?? plan, given.observed ?? [])
    .map(({ path, found, allowed }) => `${path} | ${found} | ${allowed}`);
export const quota = (limit: number, used = 0): Quota => ({ limit, used });
export const own = (thing: object) => ({ tags: ["muster", "muster.cluster=muster.dev.dev"], ...thing });
export const ownNetwork = {
  id: "n-own",
  name: "muster.dev.dev",
  "router:external": false,
  subnets: [],
  ...own({}),
} as never;
