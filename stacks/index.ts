import * as pulumi from "@pulumi/pulumi";
import { chooseCloud } from "../components/clouds/choose.ts";
import { cloudNames } from "../components/clouds/index.ts";
import { appliedSpec } from "../components/cluster-files.ts";
import { recallMemories } from "../components/memory.ts";
import { isCheckWanted } from "../contract/check-variable.ts";
import { clustersToRollBack } from "../contract/up-variables.ts";
import { clusterId } from "../plan/names.ts";
import type { ClusterSpec } from "../plan/spec.ts";
import { UserMistakes } from "../plan/mistake.ts";
import { buildClusters } from "./clusters.ts";
import type { StackOutputs } from "./clusters.ts";
import { readEnvironment } from "./config/environment.ts";
import { missingPrograms } from "./programs.ts";

/** What `pulumi up` runs: every cluster in the stack's config, on the cloud that it names. */
export default async function stack(): Promise<StackOutputs> {
  const missing = missingPrograms();
  if (missing.length > 0) {
    throw new pulumi.RunError(`${missing.join(" and ")} not found on the PATH: first run  eval "$(./muster env)"`);
  }
  try {
    const environment = readEnvironment(new pulumi.Config("muster"), { clouds: cloudNames });
    return buildClusters(asApplied(environment.clusters, clustersToRollBack()), {
      cloud: await chooseCloud(environment.cloud),
      credentials: environment.credentials,
      memories: await recallMemories(),
      recheck: isCheckWanted(),
      remake: (process.env["MUSTER_REMAKE"] ?? "").split(",").filter((name) => name !== ""),
    });
  } catch (error) {
    // Mistakes are for people: no stack trace.
    throw error instanceof UserMistakes ? new pulumi.RunError(error.message) : error;
  }
}

/** Clusters that are to be brought back are what they were; those that never were anything are left out. */
function asApplied(specs: readonly ClusterSpec[], back: readonly string[]): ClusterSpec[] {
  const applied = (name: string) => appliedSpec(clusterId(pulumi.getProject(), pulumi.getStack(), name)) ?? [];
  return specs.flatMap((spec) => (back.includes(spec.name) ? applied(spec.name) : spec));
}
