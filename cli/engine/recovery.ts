import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Turn } from "../../contract/turn.ts";
import { clearEngineDrafts } from "./engine-drafts.ts";
import { backendFolder, clearLock, type EngineLock, engineLocks, isDead } from "./engine-locks.ts";
import { forgetRun, leftovers } from "./engine-run.ts";
import { endProcesses } from "./processes.ts";
import { type Holder, takeTurn } from "./turn.ts";

export interface TurnWanted {
  project: string;
  stack: string;
  /** The stack's own folder. */
  folder: string;
  doing: string;
  /** 0: do not wait. */
  waitMs: number;
  say: (line: string) => void;
}

/** Somebody else works on the stack, and we were not to wait, or not any longer. */
class StackIsBusy extends Error {
  constructor(stack: string, holder: string, waited: boolean) {
    super(
      `${holder} works on the stack ${stack}${waited ? ", still" : ""}. Nothing was changed. ` +
        "Wait for it to end and try again.",
    );
    this.name = "StackIsBusy";
  }
}

/**
 * Waits until nobody else works on the stack, and takes the turn. What dead processes left is cleared on the way: their
 * lock, and the plug-ins and commands that outlived them.
 * @throws StackIsBusy after `waitMs`.
 */
export async function waitForTurn(wanted: TurnWanted): Promise<Turn> {
  const deadline = Date.now() + wanted.waitMs;
  let told = "";
  for (;;) {
    const turn = await takeTurn(wanted.folder, wanted.doing);
    const busy = "release" in turn ? await liveLock(wanted) : turn;
    if (busy === undefined && "release" in turn) return turn;
    if ("release" in turn) await turn.release();
    const name = describe(busy as Holder | EngineLock);
    if (Date.now() >= deadline) throw new StackIsBusy(wanted.stack, name, wanted.waitMs > 0);
    if (name !== told) {
      const minutes = Math.ceil((deadline - Date.now()) / 60_000);
      wanted.say(`${name} works on the stack ${wanted.stack}; waiting up to ${minutes} min (Ctrl-C to stop waiting)`);
      told = name;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** The lock of an engine that may still run, or undefined after what the dead left was cleared. */
async function liveLock(wanted: TurnWanted): Promise<EngineLock | undefined> {
  const locks = engineLocks(wanted.project, wanted.stack);
  const alive = locks.find((lock) => !isDead(lock));
  if (alive !== undefined) return alive;
  const left = leftovers(wanted.folder);
  if (left.length > 0) {
    wanted.say(`ending ${left.length} processes that a killed run left behind`);
    await endProcesses(left, 8000);
  }
  for (const lock of locks) {
    wanted.say(`clearing the lock of a dead process (pid ${lock.pid}, ${lock.user}, since ${clock(lock.since)})`);
    clearLock(lock);
  }
  clearEngineDrafts(wanted.project, wanted.stack);
  forgetRun(wanted.folder);
  return undefined;
}

function describe(busy: Holder | EngineLock): string {
  const what = "doing" in busy ? `muster ${busy.doing}` : "pulumi";
  const where = busy.host === hostname() ? "" : ` on ${busy.host}`;
  return `${what} (pid ${busy.pid || "?"}, ${busy.user}${where}, since ${clock(busy.since)})`;
}

const clock = (milliseconds: number): string => new Date(milliseconds).toTimeString().slice(0, 8);

/** URNs of a cluster and all that is below it, as the engine's own file has them. */
export function urnsOf(project: string, stack: string, cluster: string): string[] {
  const latest = latestOf(project, stack);
  const resources = latest === "none" ? [] : (latest?.resources ?? []);
  const found = new Set<string>();
  // Parents stand before their children.
  for (const { urn, parent = "", type } of resources)
    if (found.has(parent) || (type.startsWith("muster:") && urn.endsWith(`::${cluster}`))) found.add(urn);
  return [...found];
}

/** What the engine's own file says about a stack, without starting the engine. */
export interface StateGlance {
  exists: boolean;
  resources: number;
  /** Names of those resources. */
  names: ReadonlySet<string>;
  /** What their clouds call them. */
  ids: ReadonlySet<string>;
  /** Creates that were under way when an engine died. */
  pendingCreates: number;
}

export function glanceAtState(project: string, stack: string): StateGlance {
  const latest = latestOf(project, stack);
  if (latest === "none") return { exists: false, resources: 0, names: new Set(), ids: new Set(), pendingCreates: 0 };
  const pending = latest?.pending_operations ?? latest?.pendingOperations ?? [];
  // The stack itself, providers and references are no things of the user's.
  const own = (latest?.resources ?? []).filter((resource) => !resource.type.startsWith("pulumi:"));
  return {
    exists: true,
    resources: own.length,
    names: new Set(own.map((resource) => resource.urn.slice(resource.urn.lastIndexOf("::") + 2))),
    ids: new Set(own.flatMap((resource) => resource.id ?? [])),
    pendingCreates: pending.filter((operation) => operation.type === "creating").length,
  };
}

interface Checkpoint {
  checkpoint: {
    latest?: {
      resources?: { type: string; urn: string; id?: string; parent?: string }[];
      pending_operations?: { type: string }[];
      pendingOperations?: { type: string }[];
    };
  };
}

/** What the engine's own file holds; "none" where there is none. */
function latestOf(project: string, stack: string): Checkpoint["checkpoint"]["latest"] | "none" {
  let text: string;
  try {
    text = readFileSync(join(backendFolder(), ".pulumi", "stacks", project, `${stack}.json`), "utf8");
  } catch {
    return "none";
  }
  return (JSON.parse(text) as Partial<Checkpoint>).checkpoint?.latest;
}
