import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import type { PypiLock } from "../../artifacts/locks.ts";
import { pipReason } from "../wheels/pip.ts";
import { findPython } from "../wheels/python.ts";
import { mismatch } from "./digest.ts";

/** Half a gigabyte over a line of 1 MByte/s, milliseconds. */
const DOWNLOAD_MS = 15 * 60_000;

/**
 * Lays out what a lock takes of a project's source distribution. pip fetches it, because its own settings know the index
 * and the proxies; it stays in `cache`, so nothing is fetched twice.
 */
export async function layPypi(lock: PypiLock, cache: string, target: string, signal?: AbortSignal): Promise<void> {
  await mkdir(cache, { recursive: true });
  const file = join(cache, `${lock.project}-${lock.version}.tar.gz`);
  if ((await mismatch(file, lock)) !== undefined) await fetchTwice(lock, cache, file, signal);
  const whole = await mkdtemp(join(target, ".whole-"));
  const excluded = lock.drop.map((pattern) => `--exclude=${pattern}`);
  const flags = ["--extract", "--gzip", "--strip-components=1", "--no-same-owner", ...excluded];
  const members = Object.keys(lock.take).map((path) => `${lock.project}-${lock.version}/${path}`);
  await execa("tar", [...flags, `--file=${file}`, `--directory=${whole}`, ...members], {
    stdin: "ignore",
    cancelSignal: signal,
  });
  await execa("chmod", ["-R", "u+rwX,go=rX", whole], { stdin: "ignore" });
  for (const [from, to] of Object.entries(lock.take)) {
    await mkdir(dirname(join(target, to)), { recursive: true, mode: 0o755 });
    await rename(join(whole, from), join(target, to));
  }
  await rm(whole, { recursive: true });
}

/** A damaged download is refused by pip itself; once more, then without its cache. */
async function fetchTwice(lock: PypiLock, cache: string, file: string, signal?: AbortSignal): Promise<void> {
  const first = await fetch(lock, cache, file, [], signal);
  if (first === undefined) return;
  const reason = await fetch(lock, cache, file, ["--no-cache-dir"], signal);
  if (reason === undefined) return;
  throw new Error(
    `${lock.project} ${lock.version} could not be fetched from Python's package index: ${reason}\n` +
      `Check that pip reaches it: python3 -m pip download --no-deps --no-binary :all: ${lock.project}==${lock.version}`,
  );
}

/** Puts the distribution at `file`; says why not. */
async function fetch(
  lock: PypiLock,
  cache: string,
  file: string,
  options: string[],
  signal?: AbortSignal,
): Promise<string | undefined> {
  const python = await findPython();
  const draft = await mkdtemp(join(cache, "new-"));
  try {
    const flags = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-binary", lock.project, ...options];
    const { exitCode, stderr } = await execa(
      python,
      ["-m", "pip", "download", ...flags, "--dest", draft, `${lock.project}==${lock.version}`],
      // pip unpacks what it fetched, to look who it is: where there is room for it.
      {
        reject: false,
        timeout: DOWNLOAD_MS,
        stdin: "ignore",
        env: { TMPDIR: draft },
        cancelSignal: signal,
        forceKillAfterDelay: 5000,
      },
    );
    signal?.throwIfAborted();
    const name = (await readdir(draft)).find((each) => each.endsWith(".tar.gz"));
    if (name === undefined) return pipReason(stderr, exitCode);
    const wrong = await mismatch(join(draft, name), lock);
    if (wrong !== undefined) return `${name} ${wrong}; not used`;
    await rename(join(draft, name), file);
    return undefined;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
