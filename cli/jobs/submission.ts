import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { Job, JobNode } from "../../contract/job.ts";
import type { Submission } from "../../contract/submission.ts";
import { suggestion } from "../../plan/config/nearest.ts";
import { nodesMeant, workplace } from "../commands/run.ts";
import { misuse } from "../exit.ts";
import { remoteCommand } from "../ssh.ts";

/** What a person asks of a new job. */
export interface Wish {
  on?: string | undefined;
  name?: string | undefined;
  user?: string | undefined;
  /** Seconds, as typed. */
  timeout?: string | undefined;
  /** Files and folders that go along. */
  file?: string[] | undefined;
}

const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;
/** From one look at a job's processes to the next. */
const SAMPLE_SECONDS = 2;
/** Daemons that start processes of other people's. */
const WORKERS = ["nodemanager", "sparkworker"];

/** Where a job's command runs: the first node that is meant, or where users work. */
export function nodeFor(job: Job, on: string | undefined): JobNode {
  const name = on === undefined ? workplace(job) : nodesMeant(job, on)[0];
  const node = job.nodes.find((one) => one.name === name);
  if (node === undefined) throw misuse(`--on ${on}: ${job.cluster.name} has no such node`);
  return node;
}

/**
 * A new job, from what was typed.
 * @throws Trouble when that cannot be.
 */
export function newSubmission(job: Job, node: JobNode, command: string[], wish: Wish, now = new Date()): Submission {
  if (command.length === 0) throw misuse("which command? e.g. ./muster submit --file pi.py -- spark-submit pi.py");
  const name = wish.name ?? nameOf(command);
  if (!NAME.test(name)) throw misuse(`--name ${name}: 1 to 40 of a–z, 0–9 and inner dashes`);
  const users = [node.view.loginUser, ...node.view.users.map((user) => user.name)];
  const user = wish.user ?? node.view.loginUser;
  if (!users.includes(user)) throw misuse(`--user ${user}: no user of ${job.cluster.name}; ${suggestion(user, users)}`);
  const stamp = now.toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  const workers = job.nodes.filter((one) => one.view.node.daemons.some((daemon) => WORKERS.includes(daemon)));
  return {
    id: `${stamp}-${name}-${randomBytes(2).toString("hex")}`,
    name,
    user,
    command,
    line: remoteCommand(command),
    given: givenNames(wish.file ?? []),
    watch: workers.map((one) => one.name),
    sampleSeconds: SAMPLE_SECONDS,
    ...(wish.timeout === undefined ? {} : { timeoutSeconds: wholeSeconds(wish.timeout) }),
    submitted: now.toISOString(),
  };
}

/** What a job is called that nobody named: its program. */
function nameOf([first = ""]: readonly string[]): string {
  const [word = ""] = first.trim().split(/\s/);
  const name = basename(word)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  return name === "" ? "job" : name;
}

function wholeSeconds(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds > 0) return seconds;
  throw misuse(`--timeout ${text}: whole seconds from 1`);
}

function givenNames(files: readonly string[]): string[] {
  const names = files.map((file) => {
    if (!existsSync(file)) throw misuse(`--file ${file}: there is no such file or folder`);
    return basename(resolve(file));
  });
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw misuse(`--file: two are called ${twice}, and go into one folder`);
  return names;
}

/** Words of a command that are files here and were not sent along: they may be missing there. */
export function filesLeftHere({ command, given }: Submission): string[] {
  const isFile = (word: string): boolean => statSync(word, { throwIfNoEntry: false })?.isFile() ?? false;
  return command.filter((word) => !word.startsWith("/") && !given.includes(basename(word)) && isFile(word));
}

/** Where a job's folder will be. @throws Trouble when something is there. */
export function folderFor(out: string | undefined, id: string): string {
  const folder = resolve(out ?? id);
  const there = statSync(folder, { throwIfNoEntry: false });
  if (there === undefined) return folder;
  if (there.isDirectory() && readdirSync(folder).length === 0) return folder;
  throw misuse(`--out ${out}: ${there.isDirectory() ? "it holds something" : "a file"}; a new folder is needed`);
}
