import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ensureAccess } from "../access.ts";
import { theCluster } from "../environment.ts";
import { misuse, Trouble } from "../exit.ts";
import { type CommonOptions, tell, teller } from "../options.ts";
import { logFolder, runsOf } from "../record.ts";
import { jobOf, nodeNamed, onTerminal, remoteWords, sshConfig } from "../ssh.ts";

export interface LogsOptions extends CommonOptions {
  /** A run's name; the latest by default. */
  run?: string;
  /** Go on as lines come. */
  follow?: boolean;
  /** A systemd unit on the node, instead of what the run did there. */
  journal?: string;
  /** How many of the last lines; all by default. */
  lines?: string;
}

/** What a run did on a node, or what a service there says. Without a node: the runs and the logs there are. */
export async function logs(node: string | undefined, options: LogsOptions): Promise<number> {
  const cluster = theCluster(options.stack, options.cluster);
  if (node !== undefined && options.journal !== undefined) {
    const job = jobOf(cluster);
    await ensureAccess(options, cluster, job);
    const count = options.lines ?? (options.follow === true ? "50" : "all");
    const words = ["sudo", "journalctl", "--no-pager", "-u", options.journal, "-n", count];
    const remote = remoteWords(options.follow === true ? [...words, "-f"] : words);
    return onTerminal(["ssh", "-F", sshConfig(cluster), nodeNamed(job, node).name, "--", remote], teller(options));
  }
  const runs = runsOf(cluster.id);
  const run = options.run ?? runs.at(-1);
  if (run === undefined) throw new Trouble(`${cluster.cluster} has no logs on this machine: no run has started here`);
  if (!runs.includes(run)) throw misuse(`no run "${run}"; there are: ${runs.slice(-8).join(", ")}`);
  const folder = logFolder(cluster.id, run);
  if (node === undefined) {
    tell(`runs: ${runs.join(", ")}`);
    process.stdout.write(
      `${readdirSync(folder)
        .map((name) => join(folder, name))
        .join("\n")}\n`,
    );
    return 0;
  }
  const file = logOf(folder, cluster.cluster, node);
  const tail = ["tail", "-n", options.lines ?? "+1", ...(options.follow === true ? ["-F"] : []), "--", file];
  return onTerminal(tail, teller(options));
}

function logOf(folder: string, cluster: string, node: string): string {
  const candidates = [node, `${cluster}-${node}`].map((name) => join(folder, `${name}.log`));
  const file = candidates.find((candidate) => existsSync(candidate));
  if (file !== undefined) return file;
  const names = readdirSync(folder).flatMap((name) => /^(.+)\.log$/.exec(name)?.[1] ?? []);
  throw misuse(`no log of "${node}" in that run; there are: ${names.join(", ")}`);
}
