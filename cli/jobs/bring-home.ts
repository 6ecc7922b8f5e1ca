import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import { jobReport, type JobReport, type Submission } from "../../contract/submission.ts";
import type { ClusterName } from "../environment.ts";
import { Trouble } from "../exit.ts";
import { remoteWords, sshConfig } from "../ssh.ts";
import { JOB_PROGRAM } from "./at-node.ts";

const TRIES = 3;
const PAUSE_MS = 3000;

const sshTo = (cluster: ClusterName, node: string, words: string[]): string[] => [
  ...["ssh", "-F", sshConfig(cluster), "-T", "-o", "BatchMode=yes", node, "--"],
  remoteWords(["sudo", "-n", JOB_PROGRAM, ...words]),
];

/** Sends files and folders to where a job's command will run. */
export async function sendAlong(
  cluster: ClusterName,
  node: string,
  { id }: Submission,
  files: readonly string[],
): Promise<void> {
  if (files.length === 0) return;
  const parts = files.flatMap((file) => ["-C", dirname(resolve(file)), `./${basename(resolve(file))}`]);
  const problem = await piped(["tar", "--create", "--file=-", ...parts], sshTo(cluster, node, ["put", id]));
  if (problem !== undefined) throw new Trouble(`${files.join(", ")} did not get to ${node}: ${problem}`);
}

/**
 * Brings a job's folder from its node: whole, or not at all.
 * @throws Trouble when it does not come.
 */
export async function bringHome(cluster: ClusterName, node: string, id: string, out: string): Promise<JobReport> {
  mkdirSync(dirname(out), { recursive: true });
  const draft = mkdtempSync(`${out}.part-`);
  try {
    for (let tries = 1; ; tries += 1) {
      const unpack = ["tar", "--extract", "--no-same-owner", "--no-same-permissions", "--file=-", "-C", draft];
      const problem = await piped(sshTo(cluster, node, ["fetch", id]), unpack);
      if (problem === undefined) break;
      if (tries === TRIES) throw new Trouble(`the folder of ${id} did not come from ${node}: ${problem}`);
      await pause(PAUSE_MS);
    }
    const report = readReport(draft);
    // An empty one may have been waiting for it.
    if (out !== draft) removeEmpty(out);
    renameSync(draft, out);
    return report;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** What a job's folder says of it. */
export function readReport(folder: string): JobReport {
  const parsed = jobReport.safeParse(JSON.parse(readFileSync(join(folder, "job.json"), "utf8")));
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => issue.path.join(".")).join(", ");
  throw new Trouble(`job.json is not as this Muster knows it, at ${where}: bring cluster and Muster to one version`);
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** One program's output into another one; why it went wrong, or nothing. */
async function piped(from: readonly string[], to: readonly string[]): Promise<string | undefined> {
  const [source, target] = [from, to].map(([program = "", ...args]) =>
    spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], detached: true }),
  );
  if (source === undefined || target === undefined) return "nothing to run";
  let said = "";
  const ends = [source, target].map((child) => {
    child.stderr.on("data", (data: Buffer) => void (said = (said + data.toString()).slice(-2000)));
    return new Promise<number>((done) => {
      child.once("error", (error) => {
        said += error.message;
        done(127);
      });
      child.once("close", (code) => done(code ?? 1));
    });
  });
  source.stdin.end();
  target.stdout.resume();
  await pipeline(source.stdout, target.stdin).catch(() => undefined);
  const codes = await Promise.all(ends);
  if (codes.every((code) => code === 0)) return undefined;
  return said.trim().split("\n").at(-1) || `exit codes ${codes.join(" and ")}`;
}
