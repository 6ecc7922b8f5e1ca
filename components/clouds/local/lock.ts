import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { stateFolder } from "../../../contract/folders.ts";

/**
 * Does some work while no other process of this user does work under the same name.
 * The lock is held by a child that ends when its input ends, so it is gone as soon as this process is, however it dies.
 */
export async function withLock<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const folder = join(stateFolder(), "locks");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const holder = spawn("flock", [join(folder, `${name}.lock`), "sh", "-c", "echo held; exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
  });
  const ended = new Promise<void>((resolve) => holder.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    holder.once("error", reject);
    holder.once("exit", (code) => reject(new Error(`flock ended with code ${code} before it held ${name}`)));
    holder.stdout.once("data", () => resolve());
  });
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
