import { createHash } from "node:crypto";
import { mkdirSync, realpathSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { basename, dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/**
 * What one process of this machine has at a time. The kernel gives it back however that process ends, so there is no
 * lock of a dead process to find and to clear.
 */
export interface Turn {
  release(): Promise<void>;
}

/**
 * Takes a turn; undefined while somebody else has it.
 * @param path What the turn is about: it names the turn, and need not be there. Its folder is made.
 */
export async function tryTurn(path: string): Promise<Turn | undefined> {
  const server = await listen(turnName(path));
  return server && { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** Does some work in its turn, waiting for it as long as it takes. */
export async function inTurn<Result>(path: string, work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
  let turn = await tryTurn(path);
  while (turn === undefined) {
    await pause(50, undefined, { signal });
    turn = await tryTurn(path);
  }
  try {
    return await work();
  } finally {
    await turn.release();
  }
}

/** An abstract socket: a name in the kernel that two processes cannot own, and that no crash leaves behind. */
function turnName(path: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // One turn, by whatever way its folder was reached.
  const name = join(realpathSync(dirname(path)), basename(path));
  return `\0muster-${createHash("sha256").update(name).digest("hex").slice(0, 40)}`;
}

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
