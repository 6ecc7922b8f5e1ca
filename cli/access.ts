import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clusterFolder } from "../contract/folders.ts";
import type { ClusterIdentity } from "../contract/identity.ts";
import type { Job } from "../contract/job.ts";
import { readCertificate } from "../runner/ssh/certificate.ts";
import { withEngine } from "./engine/session.ts";
import type { ClusterName } from "./environment.ts";
import { Trouble } from "./exit.ts";
import { type CommonOptions, tell } from "./options.ts";
import { quietly, sshConfig } from "./ssh.ts";

/**
 * Makes sure that the operator's certificate is still good, and has a new one signed when it is not. The authority's key
 * is only in the stack's encrypted state, so that is the one case in which logging in needs the engine.
 */
export async function ensureAccess(options: CommonOptions, cluster: ClusterName, job: Job): Promise<void> {
  const certificate = join(clusterFolder(cluster.id), "ssh", "id_ed25519-cert.pub");
  if (validUntil(readFileSync(certificate, "utf8")) > Date.now() + 60_000) return;
  tell("the certificate to log in with has expired: signing a new one");
  const identity = await withEngine({ ...options, doing: "ssh" }, (engine) =>
    engine.secretOutput(`${cluster.cluster}-identity`),
  );
  if (identity === undefined) throw new Trouble(`the stack ${cluster.stack} holds no identity of ${cluster.cluster}`);
  const { writeOperatorAccess } = await import("../runner/ssh/operator.ts");
  writeOperatorAccess(job, JSON.parse(identity) as ClusterIdentity);
}

/** Milliseconds since the epoch at which an OpenSSH certificate ends; 0 when it is none. */
export function validUntil(certificate: string): number {
  return Number(readCertificate(certificate)?.validBefore ?? 0n) * 1000;
}

/** `ssh -F CONFIG NODE COMMAND`, without a question; for programs that ask a node something. */
export const askNode = (cluster: ClusterName, node: string, command: string, seconds: number, input = "") =>
  quietly(["ssh", "-F", sshConfig(cluster), "-o", "BatchMode=yes", node, command], seconds, input);
