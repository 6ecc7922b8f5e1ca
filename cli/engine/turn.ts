import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { writeAtomically } from "../../contract/atomic-file.ts";
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

/** A stack's turn: held by one process of this host at a time, given back by the kernel however that process ends. */
export interface Turn {
  release(): Promise<void>;
}

const holderFile = (folder: string): string => join(folder, "holder.json");

/**
 * Takes the turn, or tells who has it.
 * @param folder The stack's own folder; its path names the turn.
 */
export async function takeTurn(folder: string, doing: string): Promise<Turn | Holder> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const server = await listen(turnName(folder));
  if (server === undefined) return holderOf(folder);
  const user = userInfo().username;
  const holder: Holder = { pid: process.pid, user, host: hostname(), since: Date.now(), doing };
  try {
    writeAtomically(holderFile(folder), JSON.stringify(holder));
  } catch (error) {
    server.close();
    throw error;
  }
  return {
    release: () => {
      rmSync(holderFile(folder), { force: true });
      return new Promise((resolve) => server.close(() => resolve()));
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

/** An abstract socket: a name in the kernel that two processes cannot own, and that no crash leaves behind. */
const turnName = (folder: string): string =>
  `\0muster-${createHash("sha256").update(folder).digest("hex").slice(0, 40)}`;

function listen(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((connection) => connection.destroy());
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen(name, () => {
      server.unref();
      resolve(server);
    });
  });
}
