import { ensureAccess } from "../access.ts";
import { theCluster } from "../environment.ts";
import { misuse } from "../exit.ts";
import { type CommonOptions, teller } from "../options.ts";
import { jobOf, nodeNamed, onTerminal, remoteCommand, sshConfig } from "../ssh.ts";
import { tunnel } from "./tunnel.ts";

export interface SshOptions extends CommonOptions {
  /** Web pages on local ports instead of a shell. */
  tunnel?: boolean;
}

/** Logs in to a node, or runs a command there; returns the remote exit code. */
export async function ssh(node: string | undefined, command: string[], options: SshOptions): Promise<number> {
  const cluster = theCluster(options.stack, options.cluster);
  const job = jobOf(cluster);
  await ensureAccess(options, cluster, job);
  if (options.tunnel === true) return tunnel(cluster, job, teller(options));
  if (node === undefined) throw misuse(`which node? ${job.nodes.map((one) => one.name).join(", ")}`);
  const remote = command.length > 0 ? ["--", remoteCommand(command)] : [];
  return onTerminal(["ssh", "-F", sshConfig(cluster), nodeNamed(job, node).name, ...remote], teller(options));
}
