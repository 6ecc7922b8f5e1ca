import { isAbsolute, relative } from "node:path";
import type { Job } from "../../contract/job.ts";
import type { JobReport } from "../../contract/submission.ts";
import { endChildren } from "../../runner/process/children.ts";
import { ensureAccess } from "../access.ts";
import { type ClusterName, theCluster } from "../environment.ts";
import { exit, misuse, Trouble } from "../exit.ts";
import { JobsAtNode } from "../jobs/at-node.ts";
import { bringHome, sendAlong } from "../jobs/bring-home.ts";
import { jobMeant } from "../jobs/meant.ts";
import { type Remembered, remember } from "../jobs/remembered.ts";
import { filesLeftHere, folderFor, newSubmission, nodeFor, type Wish } from "../jobs/submission.ts";
import { type CommonOptions, tell } from "../options.ts";
import { jobOf } from "../ssh.ts";

export interface SubmitOptions extends CommonOptions, Wish {
  /** Folder that the job's comes to; its id's by default. */
  out?: string;
  /** A job that was submitted before, instead of a new one. */
  attach?: string;
  detach?: boolean;
  cancelOnInterrupt?: boolean;
}

/** As shells count a program that Ctrl-C ended. */
const INTERRUPTED = 130;

/**
 * Runs a command as a job: it goes on whatever becomes of the line to it, and ends as a folder here with its output, the logs
 * and figures of its applications, and a report. The exit code is the command's.
 */
export async function submit(command: string[], options: SubmitOptions): Promise<number> {
  const cluster = theCluster(options.stack, options.cluster);
  const job = jobOf(cluster);
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  let asked: string | undefined;
  try {
    if (options.attach !== undefined) {
      if (command.length > 0) throw misuse("a command or --attach, not both");
      await ensureAccess(options, cluster, job);
      const known = await jobMeant(cluster, job, options.attach);
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);
      const out = folderFor(options.out ?? known.out, known.id);
      return await toItsEnd(cluster, job, { ...known, out }, options, stop.signal);
    }
    const node = nodeFor(job, options.on);
    const submission = newSubmission(job, node, command, options);
    const remembered: Remembered = {
      id: submission.id,
      name: submission.name,
      node: node.name,
      out: folderFor(options.out, submission.id),
    };
    for (const word of filesLeftHere(submission))
      tell(`${word} is a file here; does ${node.name} have it? Else: --file ${word}`);
    await ensureAccess(options, cluster, job);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);
    const there = new JobsAtNode(job, node.name, stop.signal);
    await there.create(submission);
    await sendAlong(cluster, node.name, submission, options.file ?? []);
    stop.signal.throwIfAborted();
    remember(cluster.id, remembered);
    asked = submission.id;
    await there.start(submission.id);
    there.close();
    tell(`${submission.id} runs on ${node.name} as ${submission.user}`);
    if (options.detach === true) {
      process.stdout.write(`${submission.id}\n`);
      tell(`bring it home with: ${comeBack(cluster, submission.id)}`);
      return exit.ready;
    }
    return await toItsEnd(cluster, job, remembered, options, stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    tell(asked === undefined ? "interrupted; nothing was started" : `interrupted; see ./muster jobs for ${asked}`);
    return INTERRUPTED;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, interrupt);
    await endChildren(1000);
  }
}

const comeBack = (cluster: ClusterName, id: string): string =>
  `./muster submit --stack ${cluster.stack} --cluster ${cluster.cluster} --attach ${id}`;

/** Follows a job that runs, or ran, until its folder is here. */
async function toItsEnd(
  cluster: ClusterName,
  job: Job,
  known: Remembered,
  options: SubmitOptions,
  signal: AbortSignal,
): Promise<number> {
  try {
    return await followed(cluster, job, known, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (options.cancelOnInterrupt !== true) {
    tell(`\n${known.id} goes on. Come back with: ${comeBack(cluster, known.id)}`);
    tell(`end it with: ./muster jobs --stack ${cluster.stack} --cluster ${cluster.cluster} --kill ${known.id}`);
    return INTERRUPTED;
  }
  tell(`\nends ${known.id}`);
  // Whoever interrupts this too wants to wait for nothing.
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => process.exit(INTERRUPTED));
  const patient = new AbortController().signal;
  await new JobsAtNode(job, known.node, patient).cancel(known.id);
  await followed(cluster, job, known, patient);
  return INTERRUPTED;
}

async function followed(cluster: ClusterName, job: Job, known: Remembered, signal: AbortSignal): Promise<number> {
  const there = new JobsAtNode(job, known.node, signal);
  await there.follow(known.id, (stream, data) => void process[stream].write(data));
  const line = await there.show(known.id);
  if (line.exitCode !== undefined)
    tell(`${known.id} ${line.state} with exit code ${line.exitCode}; brings logs and figures together`);
  await there.wait(known.id);
  const { stage } = await there.show(known.id);
  there.close();
  if (stage !== "done")
    throw new Trouble(
      `${known.id} is ${stage}: what worked for it on ${known.node} is gone, or never began. What there is: ./muster ssh ${known.node} -- sudo ls -R /var/lib/muster/jobs/${known.id}`,
    );
  signal.throwIfAborted();
  const report = await bringHome(cluster, known.node, known.id, known.out);
  remember(cluster.id, { ...known, home: true });
  for (const text of epilogue(report, known.out)) tell(text);
  return report.exitCode;
}

/** What is said of a job that is home. */
function epilogue(report: JobReport, out: string): string[] {
  const here = relative(process.cwd(), out);
  const shown = here === "" || here.startsWith("..") || isAbsolute(here) ? out : `./${here}`;
  const applications = report.applications.map((app) => `  ${app.id}  ${app.kind}  ${app.finalStatus}  ${app.name}`);
  const cpu = report.usage.reduce((sum, one) => sum + one.cpuSeconds, 0);
  return [
    `${report.name} ${report.state} after ${report.seconds.toFixed(1)} s, ${cpu.toFixed(1)} s of processors; exit code ${report.exitCode}`,
    ...applications,
    ...report.notes.map((note) => `  ${note}`),
    `its folder: ${shown}`,
  ];
}
