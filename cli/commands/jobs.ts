import { endChildren } from "../../runner/process/children.ts";
import { ensureAccess } from "../access.ts";
import { theCluster } from "../environment.ts";
import { exit } from "../exit.ts";
import { JobsAtNode } from "../jobs/at-node.ts";
import { jobMeant, jobsThere } from "../jobs/meant.ts";
import { rememberedJobs } from "../jobs/remembered.ts";
import { type CommonOptions, tell } from "../options.ts";
import { table } from "../progress/lines.ts";
import { jobOf, remoteCommand } from "../ssh.ts";

export interface JobsOptions extends CommonOptions {
  json?: boolean;
  /** Id or name of one to be ended. */
  kill?: string;
}

/** Lists the jobs that were submitted, by whomever, or ends one. */
export async function jobs(options: JobsOptions): Promise<number> {
  const cluster = theCluster(options.stack, options.cluster);
  const job = jobOf(cluster);
  await ensureAccess(options, cluster, job);
  try {
    if (options.kill !== undefined) {
      const { id, node } = await jobMeant(cluster, job, options.kill);
      const there = new JobsAtNode(job, node, new AbortController().signal);
      const { stage } = await there.show(id);
      if (stage === "running") {
        await there.cancel(id);
        await there.wait(id);
      }
      const { state, exitCode } = await there.show(id);
      tell(stage === "running" ? `${id} is ended` : `${id} had ended: ${state}, exit code ${exitCode ?? "unknown"}`);
      return exit.ready;
    }
    const found = await jobsThere(cluster, job);
    const home = new Map(rememberedJobs(cluster.id).map((one) => [one.id, one]));
    if (options.json === true) {
      const told = found.map((one) => ({
        ...one,
        ...(home.get(one.id)?.home === true ? { out: home.get(one.id)?.out } : {}),
      }));
      process.stdout.write(`${JSON.stringify(told, null, 1)}\n`);
      return exit.ready;
    }
    const rows = found.map((one) => [
      one.id,
      one.stage === "collecting" ? "collecting" : one.state,
      one.exitCode === undefined ? "" : String(one.exitCode),
      one.user,
      one.node,
      home.get(one.id)?.home === true ? (home.get(one.id)?.out ?? "") : remoteCommand(one.command).slice(0, 60),
    ]);
    if (rows.length === 0) tell("no jobs; submit one: ./muster submit -- COMMAND");
    else process.stdout.write(`${table(rows)}\n`);
    return exit.ready;
  } finally {
    await endChildren(1000);
  }
}
