import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { closest } from "fastest-levenshtein";
import { clusterFolder } from "../contract/folders.ts";
import type { Job, JobNode } from "../contract/job.ts";
import { UserMistakes } from "../plan/mistake.ts";
import type { ClusterName } from "./environment.ts";
import { Trouble } from "./exit.ts";
import { lastJob } from "./record.ts";

/** OpenSSH's configuration for a cluster, written by each run: names, keys, and whom to trust. */
export const sshConfig = (cluster: ClusterName): string => join(clusterFolder(cluster.id), "ssh", "config");

/**
 * What the youngest run of a cluster wanted, for commands that need its nodes.
 * @throws Trouble when there has been none on this machine.
 */
export function jobOf(cluster: ClusterName): Job {
  const job = lastJob(cluster.id);
  if (job !== undefined && existsSync(sshConfig(cluster))) return job;
  throw new Trouble(
    `${cluster.cluster} is not up, as far as this machine knows. Bring it up with: ./muster up --stack ${cluster.stack}`,
  );
}

/** A node by its full name, or by what comes after the cluster's: `worker-1`. */
export function nodeNamed(job: Job, name: string): JobNode {
  const node = job.nodes.find((one) => one.name === name || one.name === `${job.cluster.name}-${name}`);
  if (node !== undefined) return node;
  const names = job.nodes.map((one) => one.name);
  const shown = names.length <= 12 ? names.join(", ") : `${names.slice(0, 12).join(", ")}, …`;
  throw new UserMistakes([
    { path: "node", found: `"${name}"`, allowed: `did you mean "${closest(name, names)}"? (${shown})` },
  ]);
}

/** A command for the node's shell, from words: each arrives as it was typed here. */
export const remoteWords = (words: readonly string[]): string => words.map(quoted).join(" ");

/** What was typed after `--`: one word is a line for the node's shell, as with ssh; several are a command and its words. */
export const remoteCommand = (words: readonly string[]): string =>
  words.length === 1 ? (words[0] ?? "") : remoteWords(words);

const quoted = (word: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** Runs a program on the person's own terminal; resolves with its exit code. Signals are the program's business. */
export function onTerminal(argv: readonly string[], say: (line: string) => void): Promise<number> {
  const [program = "", ...args] = argv;
  say(remoteWords(argv));
  const ignore = (): void => undefined;
  process.on("SIGINT", ignore).on("SIGTERM", ignore);
  const child = spawn(program, args, { stdio: "inherit" });
  return new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  }).finally(() => process.off("SIGINT", ignore).off("SIGTERM", ignore));
}

/** Runs a program quietly with a deadline; resolves with what it printed. Its exit code 255 is OpenSSH's own. */
export function quietly(argv: readonly string[], seconds: number, input = ""): Promise<Printed> {
  const [program = "", ...args] = argv;
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  const timer = setTimeout(() => child.kill("SIGKILL"), seconds * 1000);
  const printed = { stdout: "", stderr: "" };
  child.stdout.on("data", (data: Buffer) => void (printed.stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => void (printed.stderr += data.toString()));
  child.stdin.on("error", () => undefined).end(input);
  return new Promise<Printed>((resolve) => {
    child.once("error", (error) => resolve({ ...printed, stderr: error.message, code: 127 }));
    child.once("close", (code) => resolve({ ...printed, code: code ?? 124 }));
  }).finally(() => clearTimeout(timer));
}

export interface Printed {
  stdout: string;
  stderr: string;
  code: number;
}
