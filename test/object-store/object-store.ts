import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { execa } from "execa";

/** Seconds in which the server is built, where Go itself may have to be brought first. */
const BUILD_SECONDS = 600;

export interface Key {
  accessKey: string;
  secretKey: string;
}

/**
 * A server of S3's protocol on this machine, at all of its addresses: buckets in memory, signatures checked. It ends with
 * this process.
 */
export class ObjectStore {
  readonly #child: ChildProcess;
  readonly port: number;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /**
   * @param keys who may do everything
   * @param publicBucket one that everybody may read
   */
  static async start(keys: readonly Key[], buckets: readonly string[], publicBucket = ""): Promise<ObjectStore> {
    const { stdout: program } = await execa(join(import.meta.dirname, "bring"), { timeout: BUILD_SECONDS * 1000 });
    const names = ["--buckets", buckets.join(","), "--public", publicBucket];
    const child = spawn(program, ["--listen", "0.0.0.0:0", ...names], { stdio: ["pipe", "pipe", "inherit"] });
    const told = once(createInterface(child.stdout), "line", { signal: AbortSignal.timeout(10_000) });
    child.stdin.write(
      JSON.stringify(Object.fromEntries(keys.map(({ accessKey, secretKey }) => [accessKey, secretKey]))),
    );
    const [line] = (await told) as [string];
    return new ObjectStore(child, Number(line));
  }

  /** Where hosts of a local cluster reach it: this machine is their gateway. */
  endpoint = (gateway: string): string => `http://${gateway}:${this.port}`;

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.stdin?.end();
    await ended;
  }
}
