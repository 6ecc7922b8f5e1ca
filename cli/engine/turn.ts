import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { writeAtomically } from "../../contract/atomic-file.ts";
import { tryTurn, type Turn } from "../../contract/turn.ts";
import { statusOf } from "../../runner/process/proc.ts";

/** Who works on a stack right now. */
export interface Holder {
  pid: number;
  user: string;
  host: string;
  /** Milliseconds since the epoch. */
  since: number;
  /** What it does: `up`, `down`, … */
  doing: string;
}

const holderFile = (folder: string): string => join(folder, "holder.json");

/**
 * Takes a stack's turn, or tells who has it.
 * @param folder The stack's own folder.
 */
export async function takeTurn(folder: string, doing: string): Promise<Turn | Holder> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const turn = await tryTurn(folder);
  if (turn === undefined) return holderOf(folder);
  const user = userInfo().username;
  const holder: Holder = { pid: process.pid, user, host: hostname(), since: Date.now(), doing };
  try {
    writeAtomically(holderFile(folder), JSON.stringify(holder));
  } catch (error) {
    await turn.release();
    throw error;
  }
  return {
    release: () => {
      rmSync(holderFile(folder), { force: true });
      return turn.release();
    },
  };
}

/** Who has the turn, as far as it is written down; undefined when its process is gone. */
export function currentHolder(folder: string): Holder | undefined {
  const holder = holderOf(folder);
  return holder.pid > 0 && statusOf(holder.pid) !== undefined ? holder : undefined;
}

function holderOf(folder: string): Holder {
  try {
    return JSON.parse(readFileSync(holderFile(folder), "utf8")) as Holder;
  } catch {
    // The holder is just writing it, or giving the turn back.
    return { pid: 0, user: "?", host: hostname(), since: Date.now(), doing: "another command" };
  }
}
