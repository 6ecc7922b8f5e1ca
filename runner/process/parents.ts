import { isAlive, statusOf, type ProcessId } from "./proc.ts";

/** Processes named so are the engine itself; its plug-ins have longer names. */
const engineName = "pulumi";

/**
 * The processes without which this one has no purpose: parents up to the engine. When no engine is among them
 * (started by hand, or by the command line), only the parent: whoever started that may leave.
 */
export function parentChain(pid: number = process.pid): ProcessId[] {
  const chain: ProcessId[] = [];
  let next = statusOf(pid)?.parent ?? process.ppid;
  // In a container the engine may be the first process.
  while (next >= 1) {
    const status = statusOf(next);
    if (status === undefined) break;
    chain.push({ pid: status.pid, start: status.start });
    if (status.name === engineName) return chain;
    next = status.parent;
  }
  return chain.slice(0, 1);
}

/**
 * Whether this process was too late to know its parents: it was started by a command resource, whose `JOB` it has, and no
 * engine is above it any more. An engine or a shell that is killed right after it started this would never be missed.
 */
export function isOrphan(environment: NodeJS.ProcessEnv = process.env, pid: number = process.pid): boolean {
  // A variable of that name may be anybody's; a hash in it is ours.
  if (!/^[0-9a-f]{64}$/.test(environment["JOB"] ?? "")) return false;
  const last = parentChain(pid).at(-1);
  return last === undefined || statusOf(last.pid)?.name !== engineName;
}

/** Calls back once, within about a second, when one of the chain is gone. Returns how to stop watching. */
export function watchParents(chain: readonly ProcessId[], onGone: (gone: ProcessId) => void): () => void {
  const timer = setInterval(() => {
    const gone = chain.find((parent) => !isAlive(parent));
    if (gone === undefined) return;
    clearInterval(timer);
    onGone(gone);
  }, 1000);
  timer.unref();
  return () => clearInterval(timer);
}
