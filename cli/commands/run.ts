import pLimit from "p-limit";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { ensureAccess } from "../access.ts";
import { theCluster } from "../environment.ts";
import { exit, misuse } from "../exit.ts";
import { type CommonOptions, teller } from "../options.ts";
import { jobOf, nodeNamed, onTerminal, remoteCommand, remoteWords, sshConfig } from "../ssh.ts";
import type { Job } from "../../contract/job.ts";

export interface RunOptions extends CommonOptions {
  /** Role tag, pool, daemon or node name. */
  on?: string;
}

/** How many nodes are talked to at once. */
const AT_ONCE = 32;

/**
 * Runs a command on every node of a role at once; without `--on` on one node where users work: a client, else a master.
 * One node: on the person's terminal. Several: lines prefixed with the node's name. The exit code is the worst.
 */
export async function run(command: string[], options: RunOptions): Promise<number> {
  const cluster = theCluster(options.stack, options.cluster);
  const job = jobOf(cluster);
  if (command.length === 0) throw misuse("which command? e.g. ./muster run -- hdfs dfs -ls /");
  const nodes = options.on === undefined ? [workplace(job)] : nodesMeant(job, options.on);
  await ensureAccess(options, cluster, job);
  const say = teller(options);
  const argvFor = (node: string): string[] => ["ssh", "-F", sshConfig(cluster), node, "--", remoteCommand(command)];
  const [only] = nodes;
  if (only !== undefined && nodes.length === 1) return onTerminal(argvFor(only), say);
  const limit = pLimit(AT_ONCE);
  const codes = await Promise.all(nodes.map((node) => limit(() => prefixed(node, argvFor(node), say))));
  const failed = nodes.filter((_, at) => codes[at] !== 0);
  if (failed.length > 0) process.stderr.write(`failed on ${failed.length} of ${nodes.length}: ${failed.join(", ")}\n`);
  return codes.every((code) => code === 0) ? exit.ready : exit.failed;
}

/** Where users work: the first client, else the first master, else the first node. */
export function workplace(job: Job): string {
  const withRole = (role: string): string | undefined => job.nodes.find((node) => node.roles.includes(role))?.name;
  const node = withRole("client") ?? withRole("master") ?? job.nodes[0]?.name;
  if (node === undefined) throw misuse(`${job.cluster.name} has no nodes`);
  return node;
}

/** Nodes by role tag, pool, daemon, `all`, or a node's name. */
export function nodesMeant(job: Job, on: string): string[] {
  const meant = job.nodes.filter(
    (node) => on === "all" || node.pool === on || node.roles.includes(on) || node.view.node.daemons.includes(on),
  );
  return meant.length > 0 ? meant.map((node) => node.name) : [nodeNamed(job, on).name];
}

function prefixed(node: string, argv: string[], say: (line: string) => void): Promise<number> {
  const [program = "", ...args] = argv;
  say(remoteWords(argv));
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  createInterface(child.stdout).on("line", (line) => process.stdout.write(`${node}  ${line}\n`));
  createInterface(child.stderr).on("line", (line) => process.stderr.write(`${node}  ${line}\n`));
  return new Promise((resolve) => {
    child.once("error", () => resolve(127));
    child.once("close", (code) => resolve(code ?? 1));
  });
}
