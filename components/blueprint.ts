import * as pulumi from "@pulumi/pulumi";
import type { Credentials } from "../contract/credentials.ts";
import { bundleHash } from "../contract/bundle-sources.ts";
import { lastFinished, readJournal } from "../contract/journal.ts";
import type { ClusterPlan } from "../plan/cluster-plan.ts";
import { jobOf } from "../plan/job.ts";
import { UserMistakes } from "../plan/mistake.ts";
import { planCluster } from "../plan/plan-cluster.ts";
import type { ClusterSpec } from "../plan/spec.ts";
import type { Cloud, ObservedMachine } from "./clouds/cloud.ts";
import { readMemoryFile } from "./cluster-files.ts";
import { credentialsMistakes, credentialsOf, type GivenCredentials } from "./credentials.ts";
import { diskMistakes } from "./disk-space.ts";
import { narrowEngine } from "./engine.ts";
import { combined, recall } from "./memory.ts";
import type { ClusterMemory } from "./memory.ts";
import {
  foreignMachines,
  machinesAsTheyShouldBe,
  wantedGenerations,
  wantedRevivals,
  wantedVolumes,
} from "./observation.ts";
import { refuseMovedStores } from "./stores.ts";
import { decideWish } from "./wish.ts";
import type { Wish } from "./wish.ts";

/** What a cluster needs beyond its own description. */
export interface Surroundings {
  /** Where it stands; made before, because it looks at the cloud first: `await localCloud()`. */
  cloud: Cloud;
  /** What {@link recallMemories} found under the cluster's name. Without it a cluster can grow, but not shrink. */
  memory?: unknown;
  /** Run `Ready` even if nothing changed. Default false. */
  recheck?: boolean;
  /** Names of nodes whose machines are to be made again, on their old volumes; others are ignored. Default none. */
  remake?: readonly string[];
  /** Content hash of roles and Ansible kit. Default: that of the package's own. */
  bundle?: string;
  /** What services need to be given as secrets, by name; each `{ accessKey, secretKey }` or `{ serviceAccount }`. */
  credentials?: GivenCredentials | undefined;
  /** Config path that mistakes begin with. Default: the cluster's name. */
  path?: string;
}

/** A cluster with all decisions made and all mistakes found, before its first resource. */
export interface Blueprint {
  cloud: Cloud;
  plan: ClusterPlan;
  wish: Wish;
  /** What the next run has to know; its uid is the remembered one, if any. */
  memory: ClusterMemory;
  /** Of those that were given, the ones that the cluster needs; none: it needs none. */
  credentials?: pulumi.Output<Credentials>;
  /** Nodes whose image is not the one that new nodes get. */
  outdated: ReadonlySet<string>;
}

/**
 * Looks at the cloud, the journal and the memory, and decides everything: the plan, the job, each node's generation,
 * which volumes stay, whether there is work.
 * @throws UserMistakes with everything that speaks against it
 */
export function drawUp(spec: ClusterSpec, surroundings: Surroundings): Blueprint {
  const { cloud, path = spec.name, bundle = bundleHash(), recheck = false, remake = [] } = surroundings;
  const where = { project: pulumi.getProject(), stack: pulumi.getStack(), cloud: cloud.name, path };
  const plan = planCluster(spec, where);
  const { id, kind } = plan.ref;
  const observed = cloud.observe(id);
  const memory = combined(recall(surroundings.memory), readMemoryFile(id));
  const names = plan.nodes.map((node) => node.name);

  const journal = readJournal(id);
  const mistakes = [
    ...narrowEngine(1),
    ...foreignMachines(plan, memory, observed, path),
    ...refuseMovedStores(plan, journal, path),
    ...credentialsMistakes(plan.credentials, surroundings.credentials, path),
    ...diskMistakes(plan.artifacts),
    ...cloud.preflight(plan, observed),
  ];
  if (mistakes.length > 0) throw new UserMistakes(mistakes);

  const generations = wantedGenerations(names, memory, observed, remake);
  const stores = cloud.capabilities.dataVolumes ? plan.nodes.filter((node) => node.stateful) : [];
  const volumes = wantedVolumes(
    stores.map((node) => node.name),
    memory,
    observed,
  );
  const sshTargets = Object.fromEntries(
    plan.nodes.map((node) => [node.name, cloud.sshTarget(plan, node, generations[node.name])]),
  );
  const finished = lastFinished(journal);
  // What was ever formatted the runner adds itself: it is known better there, and no reason to run once more.
  const operatorSources = cloud.operatorSources(plan);
  const job = jobOf(plan, { generations, formatted: [], operatorSources, bundle, sshTargets });
  const finishedAt = finished === undefined ? undefined : Date.parse(finished.at);
  const wish = decideWish(job, {
    journal,
    memoryAttempt: memory?.attempt,
    machinesAsTheyShouldBe: machinesAsTheyShouldBe(names, generations, observed, finishedAt),
    recheck,
  });
  const credentials = credentialsOf(plan.credentials, surroundings.credentials);
  const revivals = wantedRevivals(names, memory, observed);
  return {
    cloud,
    plan,
    wish,
    memory: { uid: memory?.uid, kind, attempt: wish.attempt, generations, revivals, volumes },
    ...(credentials === undefined ? {} : { credentials }),
    outdated: outdatedNodes(cloud.imageOf(plan), observed),
  };
}

/** New nodes get today's image, old ones keep theirs until they are replaced one by one, drained. */
function outdatedNodes(today: string | undefined, observed: readonly ObservedMachine[]): Set<string> {
  const old = observed.filter(({ image }) => image !== undefined && today !== undefined && image !== today);
  return new Set(old.map((machine) => machine.name));
}
