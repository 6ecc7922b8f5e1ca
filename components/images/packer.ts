import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { run, withoutPulumi } from "../process.ts";
import { PROJECT } from "./content.ts";

/** Seconds: on a machine that can download nothing, Packer is built from its sources. */
const BRING_SECONDS = 1800;
/** Seconds that Packer gets to take its builder away when it is told to stop. */
const STOP_SECONDS = 30;

/** Packer with the plug-ins that the templates name. */
export interface Packer {
  program: string;
  plugins: string;
}

/**
 * Finds Packer, or brings it: downloaded where that is possible, else built.
 * @param set `public`: with the plug-ins for Amazon's and Google's clouds, else with those for clouds of one's own
 */
export async function bringPacker(set?: "public"): Promise<Packer> {
  const argv = [join(PROJECT, "tools/bring-packer"), ...(set === undefined ? [] : [set])];
  const brought = await run(argv, { timeout: BRING_SECONDS, interruptible: true });
  const folder = brought.stdout.trim();
  if (brought.code !== 0 || folder === "")
    throw new Error(`Packer, which bakes images, could not be brought:\n${brought.stderr.trim()}`);
  return { program: join(folder, "packer"), plugins: join(folder, "plugins") };
}

export interface PackerRun {
  packer: Packer;
  /** Words after `packer`. */
  args: readonly string[];
  /** Its own settings, and what it leaves in the middle of its work. */
  folder: string;
  environment?: Record<string, string> | undefined;
  /** Everything it says. */
  log: string;
  seconds: number;
  signal?: AbortSignal | undefined;
}

/** Runs Packer to its end; when it is to stop, it takes away what it made first. Its exit code. */
export async function runPacker({ packer, args, folder, environment, log, ...how }: PackerRun): Promise<number> {
  how.signal?.throwIfAborted();
  const output = openSync(log, "a", 0o600);
  try {
    // A session of its own: only Packer is told to stop, because its plug-ins clean up at its word.
    const child = spawn(packer.program, args, {
      cwd: PROJECT,
      detached: true,
      stdio: ["ignore", output, output],
      env: {
        ...withoutPulumi(process.env),
        PACKER_PLUGIN_PATH: packer.plugins,
        PACKER_CONFIG_DIR: folder,
        PACKER_CACHE_DIR: join(folder, "cache"),
        TMPDIR: folder,
        // It would ask its makers for news.
        CHECKPOINT_DISABLE: "1",
        ...environment,
      },
    });
    return await ended(child, how);
  } finally {
    closeSync(output);
  }
}

function ended(child: ReturnType<typeof spawn>, how: Pick<PackerRun, "seconds" | "signal">): Promise<number> {
  return new Promise((resolve, reject) => {
    let kill: NodeJS.Timeout | undefined;
    const stop = (): void => {
      // Of interrupts it believes that its inner process was told as well.
      child.kill("SIGTERM");
      kill ??= setTimeout(() => endGroup(child.pid), STOP_SECONDS * 1000);
    };
    const deadline = setTimeout(stop, how.seconds * 1000);
    how.signal?.addEventListener("abort", stop, { once: true });
    const settle = (): void => {
      clearTimeout(deadline);
      clearTimeout(kill);
      how.signal?.removeEventListener("abort", stop);
    };
    child.once("error", (error) => {
      settle();
      reject(error);
    });
    child.once("close", (code) => {
      settle();
      resolve(code ?? 1);
    });
  });
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It ended by itself after all.
  }
}

/** What went wrong, in Packer's or the installing program's own words. */
export function complaintIn(log: string): string {
  const lines = readFileSync(log, "utf8").split("\n").map(plain);
  const own = lines.filter((line) => /^install: .*: /.test(line));
  const packers = lines.filter((line) => /^(?:Error|Build '.*' errored)/.test(line));
  return own.at(-1) ?? packers[0] ?? lines.filter((line) => line !== "").at(-1) ?? "it said nothing";
}

/** Without the builder's name and indentation. */
const plain = (line: string): string =>
  stripVTControlCharacters(line)
    .replace(/^(?:==>)?\s+[\w.-]+: /, "")
    .trim();
