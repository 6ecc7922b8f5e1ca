import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { ClusterIdentity } from "../../contract/identity.ts";
import type { JobNode } from "../../contract/job.ts";
import { writeAtomically } from "../../contract/atomic-file.ts";
import type { SshFiles } from "./config.ts";
import { keysOutOfBand } from "./out-of-band.ts";
import { bootstrapHostKey, fingerprint } from "../../contract/ssh-key.ts";

/** The machine cannot be judged yet: it, or its wanted generation, is not there. */
export class NotYet extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "NotYet";
  }
}

export interface FirstContact {
  /** `ssh` options by which exactly the expected host key is accepted. */
  options: string[];
  /** The expected key, for people. */
  expected: string;
}

/** How a node that the host CA has not signed yet is recognised. Throws {@link NotYet}. */
export async function firstContact(node: JobNode, files: SshFiles, identity: ClusterIdentity): Promise<FirstContact> {
  const trust = node.ssh.hostKey;
  switch (trust.kind) {
    case "outOfBand": {
      const keys = await keysOutOfBand(trust.argv, trust.machine).catch((error: unknown) => {
        throw new NotYet((error as Error).message);
      });
      const lines = keys.map((key) => `${node.name} ${key}`);
      return {
        options: pinned(files, node, lines),
        expected: `${keys.map(fingerprint).join(" or ")} (read out of band)`,
      };
    }
    case "derived": {
      const key = bootstrapHostKey(identity.seed, node.name, node.generation).public;
      // A run that ended between the certificate's arrival and its record: the node has its own key already.
      const lines = [`${node.name} ${key}`, `@cert-authority ${node.name} ${identity.hostCa.public}`];
      return { options: pinned(files, node, lines), expected: `${fingerprint(key)} (from its user data)` };
    }
    case "knownHosts": {
      const { address, port } = node.ssh;
      const own = [".ssh/known_hosts", ".ssh/known_hosts2"].map((file) => quoted(join(homedir(), file)));
      return {
        options: [
          ["-o", `UserKnownHostsFile=${own.join(" ")}`],
          ["-o", "GlobalKnownHostsFile=/etc/ssh/ssh_known_hosts"],
          ["-o", `HostKeyAlias=${port === 22 ? address : `[${address}]:${port}`}`],
          // Until the node trusts the cluster's user CA, only the user's own keys open it.
          ["-o", "IdentitiesOnly=no"],
          ...["id_ed25519", "id_ecdsa", "id_rsa"].map((key) => ["-i", join(homedir(), ".ssh", key)]),
        ].flat(),
        expected: `what your known_hosts has for ${address}`,
      };
    }
  }
}

function pinned(files: SshFiles, node: JobNode, lines: string[]): string[] {
  const file = join(dirname(files.knownHosts), "first", node.name);
  writeAtomically(file, `${lines.join("\n")}\n`);
  return ["-o", `UserKnownHostsFile=${quoted(file)}`];
}

function quoted(path: string): string {
  return `"${path.replaceAll("%", "%%")}"`;
}
