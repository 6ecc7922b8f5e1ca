import pLimit from "p-limit";
import { existsSync } from "node:fs";
import type { Readable } from "node:stream";
import { endChild, endChildren, startChild } from "../process/children.ts";
import { Stopped, stopWhenTold } from "../process/stopping.ts";
import { LineCutter } from "../record/line-cutter.ts";
import { plainText } from "../record/plain-text.ts";
import { sshFiles } from "../ssh/operator.ts";

export interface FanOut {
  clusterId: string;
  /** By name, as in the cluster's ssh configuration. */
  nodes: string[];
  /** Joined by spaces and given to the login shell, as ssh does it. */
  command: string[];
  concurrency: number;
  /** For each node. */
  timeoutSeconds: number;
}

/** Runs a command on several nodes as the login user, each line under its node's name. Returns the highest exit code. */
export async function runOnNodes(fanOut: FanOut): Promise<number> {
  const files = sshFiles(fanOut.clusterId);
  if (!existsSync(files.config))
    throw new Error(`${fanOut.clusterId} was never brought up from this machine: run \`muster up\` first`);
  const controller = new AbortController();
  const callOff = stopWhenTold(controller);
  const limit = pLimit(fanOut.concurrency);
  const width = Math.max(...fanOut.nodes.map((node) => node.length));
  try {
    const codes = await Promise.all(
      fanOut.nodes.map((node) => limit(() => runOnOne(fanOut, files.config, node, width, controller.signal))),
    );
    const failed = fanOut.nodes.filter((_, index) => codes[index] !== 0);
    if (failed.length > 0)
      process.stderr.write(`${failed.length} of ${codes.length} nodes failed: ${failed.join(", ")}\n`);
    return controller.signal.reason instanceof Stopped ? controller.signal.reason.exitCode : Math.max(0, ...codes);
  } finally {
    await endChildren(1000);
    callOff();
  }
}

async function runOnOne(
  fanOut: FanOut,
  config: string,
  node: string,
  width: number,
  signal: AbortSignal,
): Promise<number> {
  if (signal.aborted) return 1;
  const child = startChild(["ssh", "-F", config, "-T", "-o", "BatchMode=yes", node, "--", ...fanOut.command]);
  child.stdin.end();
  passOn(child.stdout, process.stdout, node.padEnd(width));
  passOn(child.stderr, process.stderr, node.padEnd(width));
  const timer = setTimeout(() => {
    process.stderr.write(`${node.padEnd(width)}  took longer than ${fanOut.timeoutSeconds} s\n`);
    endChild(child);
  }, fanOut.timeoutSeconds * 1000);
  return new Promise((resolve) => {
    child.once("error", () => resolve(127));
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve(code ?? 1);
    });
  });
}

/** Each line under its node's name, no faster than it is read; on a terminal nothing but text. */
function passOn(from: Readable, to: NodeJS.WriteStream, name: string): void {
  const lines = new LineCutter();
  const pass = (some: string[]): void => {
    if (some.length === 0) return;
    const text = some.map((line) => `${name}  ${to.isTTY ? plainText(line) : line}\n`).join("");
    if (to.write(text) || to.destroyed) return;
    from.pause();
    const resume = (): void => {
      for (const event of ["drain", "close"]) to.off(event, resume);
      from.resume();
    };
    for (const event of ["drain", "close"]) to.on(event, resume);
  };
  from.on("data", (data: Buffer) => pass(lines.push(data)));
  from.once("end", () => pass(lines.end()));
}
