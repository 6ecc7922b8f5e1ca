import { ensureAccess } from "../access.ts";
import { theCluster } from "../environment.ts";
import { type CommonOptions, teller } from "../options.ts";
import { jobOf, onTerminal } from "../ssh.ts";

export interface VerifyOptions extends CommonOptions {
  json?: boolean;
}

/** Checks a cluster as it is, and changes nothing; the runner does it, with the same checks as `up`. */
export async function verify(options: VerifyOptions): Promise<number> {
  const cluster = theCluster(options.stack, options.cluster);
  await ensureAccess(options, cluster, jobOf(cluster));
  const json = options.json === true ? ["--json"] : [];
  return onTerminal(["muster-runner", "verify", "--cluster", cluster.id, ...json], teller(options));
}
