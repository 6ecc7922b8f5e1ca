import { ensureAccess } from "../access.ts";
import { theCluster } from "../environment.ts";
import { misuse } from "../exit.ts";
import { type CommonOptions, teller } from "../options.ts";
import { jobOf, nodeNamed, onTerminal, sshConfig } from "../ssh.ts";
import type { Job } from "../../contract/job.ts";

/** Copies files to or from a node: `copy data.csv worker-1:/tmp/`, `copy master-1:/etc/hosts .`; folders too. */
export async function copy(paths: string[], options: CommonOptions): Promise<number> {
  const cluster = theCluster(options.stack, options.cluster);
  const job = jobOf(cluster);
  if (paths.length < 2) throw misuse("copy what to where? e.g. ./muster copy data.csv worker-1:/tmp/");
  const places = paths.map((path) => place(job, path));
  if (!places.some((one) => one.remote)) {
    throw misuse(`no path is on a node: write NODE:PATH, with NODE one of ${job.nodes.map((n) => n.name).join(", ")}`);
  }
  await ensureAccess(options, cluster, job);
  const argv = ["scp", "-F", sshConfig(cluster), "-r", "-p", "-3", "--", ...places.map((one) => one.text)];
  return onTerminal(argv, teller(options));
}

/** `NODE:PATH`, or a local path: one with a slash before its first colon, or without any. */
function place(job: Job, path: string): { text: string; remote: boolean } {
  const [, node, rest] = /^([^/:]+):(.*)$/s.exec(path) ?? [];
  if (node === undefined || rest === undefined)
    return { text: path.startsWith("-") ? `./${path}` : path, remote: false };
  return { text: `${nodeNamed(job, node).name}:${rest}`, remote: true };
}
