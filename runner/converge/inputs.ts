import type { ClusterIdentity } from "../../contract/identity.ts";
import type { Job, JobNode } from "../../contract/job.ts";
import type { NodeView } from "../../contract/node-view.ts";
import { type Credentials, secretOf } from "../../contract/credentials.ts";
import { sharedSecret } from "../identity.ts";
import type { Applied } from "../node/hello.ts";
import { tunnelSecrets } from "../vpn/keys.ts";
import { contentHash } from "../../contract/canonical-json.ts";

/** What a node gets besides the bundle, and the hashes by which it is told whether it has it. */
export interface NodeInputs {
  view: NodeView;
  secrets: Record<string, string>;
  applied: Applied;
  /** Hash over everything that prepare and activate work on. */
  hash: string;
}

/**
 * Hash of a node's view as the job has it. What was formatted is left out: a node need not be configured again because
 * its store was formatted since; it only has to know it.
 */
export function viewHash(node: JobNode): string {
  return contentHash({ ...node.view, cluster: { ...node.view.cluster, formatted: undefined } });
}

/**
 * Completes a node's view with what the job must not hold. `formatted`: every service ever formatted; `credentials`: what
 * the user gave as secrets, by name.
 */
export function nodeInputs(
  job: Job,
  node: JobNode,
  identity: ClusterIdentity,
  formatted: readonly string[],
  credentials: Credentials = {},
): NodeInputs {
  const all = [...new Set([...node.view.cluster.formatted, ...formatted])].sort();
  const trust = { hostCa: identity.hostCa.public, userCa: identity.userCa.public };
  const { uid, seed } = identity;
  const shared = Object.fromEntries(node.view.secrets.map((name) => [name, sharedSecret(seed, name)]));
  const given = Object.fromEntries((node.view.credentials ?? []).map((name) => [secretOf(name), credentials[name]]));
  const lacking = Object.keys(given).filter((name) => given[name] === undefined);
  if (lacking.length > 0) throw new Error(`${node.name} needs ${lacking.join(", ")}, which the run was not given`);
  const secrets = { ...shared, ...tunnelSecrets(job, node, seed), ...(given as Credentials) };
  const applied: Applied = {
    bundle: job.bundle,
    view: viewHash(node),
    secrets: contentHash({ uid, trust, secrets }),
    generation: node.generation,
    formatted: all,
  };
  return {
    view: { ...node.view, cluster: { ...node.view.cluster, uid, formatted: all }, trust },
    secrets,
    applied,
    hash: contentHash({ ...applied, formatted: undefined }),
  };
}

/** Whether a node was configured by just these inputs. */
export function isApplied(found: Applied | null, wanted: Applied): boolean {
  return (
    found?.bundle === wanted.bundle &&
    found.view === wanted.view &&
    found.secrets === wanted.secrets &&
    found.generation === wanted.generation
  );
}

/** Whether the node's view names all formatted services. */
export function knowsFormatted(found: Applied | null, wanted: Applied): boolean {
  return wanted.formatted.every((service) => found?.formatted.includes(service));
}
