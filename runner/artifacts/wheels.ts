import { glob, rm } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { WheelsLock } from "../../artifacts/locks.ts";
import { findPython } from "../wheels/python.ts";
import { unpackWheels } from "../wheels/unpack.ts";
import { ensureWheels } from "../wheels/wheels.ts";

/** Thousands of files on a slow processor, milliseconds. */
const COMPILE_MS = 15 * 60_000;

/** Lays out a lock's wheels as one `site-packages`. They stay in `cache`, so nothing is fetched twice. */
export async function layWheels(lock: WheelsLock, cache: string, target: string, signal?: AbortSignal): Promise<void> {
  const set = { purpose: `${lock.name} ${lock.version}`, ...lock };
  const site = join(target, "site-packages");
  await unpackWheels(await ensureWheels(set, cache, signal), site, signal);
  for (const pattern of lock.drop)
    for await (const path of glob(pattern, { cwd: site })) await rm(join(site, path), { recursive: true, force: true });
  await compile(lock.python, site, signal);
  await execa("chmod", ["-R", "u+rwX,go=rX", target], { stdin: "ignore" });
}

/**
 * Nobody may write there later, and each program would compile what it imports: seconds of every start. Only the Python
 * that will run them can; where this machine has another one, nodes do without. By content, because times do not stay
 * as they were on the way to the nodes.
 */
async function compile(python: string, site: string, signal?: AbortSignal): Promise<void> {
  const options = { stdin: "ignore", reject: false, timeout: COMPILE_MS, cancelSignal: signal } as const;
  const own = await findPython();
  const { stdout } = await execa(own, ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"], options);
  if (stdout.trim() !== python) return;
  const how = ["--invalidation-mode", "unchecked-hash", "-j", String(cpus().length)];
  // Exit code 1: some packages carry files for other Pythons, which this one cannot compile.
  await execa(own, ["-m", "compileall", "-q", "-q", ...how, site], options);
  signal?.throwIfAborted();
}
