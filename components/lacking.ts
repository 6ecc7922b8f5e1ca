import type { ClusterPlan } from "../plan/cluster-plan.ts";
import type { Mistake } from "../plan/mistake.ts";
import type { Cloud } from "./clouds/cloud.ts";

/**
 * What the plan needs and the cloud lacks.
 * @param path config path of the cluster
 */
export function lackingCapabilities(plan: ClusterPlan, cloud: Cloud, path: string): Mistake[] {
  if (cloud.capabilities.artifacts || plan.artifacts.length === 0) return [];
  return [
    {
      path: `${path}.services`,
      found: `services that need ${plan.artifacts.map(({ id }) => id).join(", ")}`,
      allowed: `${cloud.name} cannot bring such files to its machines yet: only services without, e.g. services: []`,
    },
  ];
}
