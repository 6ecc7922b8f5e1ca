import { join } from "node:path";
import { clusterFolder } from "../../contract/folders.ts";
import type { ClusterIdentity } from "../../contract/identity.ts";
import type { Job } from "../../contract/job.ts";
import { readIfThere, writeAtomically } from "../../contract/atomic-file.ts";
import { certify, isCurrent } from "./certificate.ts";
import { knownHosts, sshConfig, type SshFiles } from "./config.ts";
import { writeTunnelConfig } from "../vpn/operator-config.ts";
import { ed25519KeyPair } from "../../contract/ssh-key.ts";

const day = 24 * 60 * 60;
const validDays = 30;
const renewDays = 7;

export function sshFiles(clusterId: string): SshFiles {
  const folder = join(clusterFolder(clusterId), "ssh");
  return {
    config: join(folder, "config"),
    knownHosts: join(folder, "known_hosts"),
    key: join(folder, "id_ed25519"),
    certificate: join(folder, "id_ed25519-cert.pub"),
  };
}

/** Writes the operator's key, certificate, `config` and `known_hosts`, and the end of a tunnel. Key and certificate stay while they are good. */
export function writeOperatorAccess(job: Job, identity: ClusterIdentity): SshFiles {
  const files = sshFiles(job.cluster.id);
  let publicKey = readIfThere(`${files.key}.pub`);
  if (publicKey === undefined || readIfThere(files.key) === undefined) {
    const pair = ed25519KeyPair(`muster ${job.cluster.id}`);
    writeAtomically(files.key, pair.private);
    writeAtomically(`${files.key}.pub`, `${pair.public}\n`);
    publicKey = pair.public;
  }
  const principals = [...new Set(job.nodes.map((node) => node.ssh.user))];
  const present = readIfThere(files.certificate);
  if (present === undefined || !isCurrent(present, publicKey, identity.userCa.public, principals, renewDays * day)) {
    const now = Math.floor(Date.now() / 1000);
    const request = {
      kind: "user" as const,
      publicKey,
      keyId: `${job.cluster.id} operator`,
      principals,
      // A node's clock may be a little behind until it has been set.
      validAfter: BigInt(now - day),
      validBefore: BigInt(now + validDays * day),
    };
    writeAtomically(files.certificate, `${certify(request, identity.userCa.private)}\n`);
  }
  writeAtomically(files.config, sshConfig(job, files));
  writeAtomically(files.knownHosts, knownHosts(job, identity.hostCa.public));
  writeTunnelConfig(job, identity.seed);
  return files;
}
