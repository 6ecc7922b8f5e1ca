import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { lockOf, type ArtifactLock } from "../../artifacts/locks.ts";
import { artifactFolder, cacheFolder } from "../../contract/folders.ts";
import { inTurn } from "../../contract/turn.ts";
import { checkInventory, writeInventory } from "./inventory.ts";
import { layMaven } from "./maven.ts";
import { layPypi } from "./pypi.ts";
import { layTarball } from "./tarball.ts";
import { layWheels } from "./wheels.ts";

export interface EnsuredArtifact {
  /** The unpacked folder: `lib/*.jar`, `web/webapps/…`; readable by everybody. */
  path: string;
  /** How long it took; a few milliseconds when it was there. */
  seconds: number;
}

/** Where artifacts come from and go to; everything has a default. */
export interface ArtifactPlaces {
  /** Unpacked artifacts by id. Default: `artifactFolder()`. */
  store?: string;
  /** Downloads. Default: `cacheFolder()`. */
  cache?: string;
  /** Default: the lock file the id was made from. */
  lock?: ArtifactLock;
}

/**
 * Makes sure that an artifact is unpacked in the store, and returns its folder. Fetched at most once, each file checked
 * against the lock file; a folder under its final name is always whole. Two calls at once share one fetch. What was
 * downloaded before an interruption is used again.
 * @throws when a file can't be fetched, or is not what the lock file says even after it was fetched anew; names it
 */
export async function ensureArtifact(
  id: string,
  signal?: AbortSignal,
  places: ArtifactPlaces = {},
): Promise<EnsuredArtifact> {
  const started = performance.now();
  const store = places.store ?? artifactFolder();
  const path = join(store, id);
  const done = () => ({ path, seconds: Math.round(performance.now() - started) / 1000 });
  if (existsSync(path) && (await checkInventory(path)).length === 0) return done();
  const lock = places.lock ?? lockOf(id);
  const cache = join(places.cache ?? cacheFolder(), "artifacts");
  await mkdir(store, { recursive: true });
  const lay = async (): Promise<void> => {
    // Somebody else may have done it while this one waited.
    if (existsSync(path) && (await checkInventory(path)).length === 0) return;
    await forgetLeftovers(store, id);
    const draft = await mkdtemp(join(store, `.${id}.new-`));
    try {
      if (lock.from === "maven") await layMaven(lock, join(cache, "maven"), draft, signal);
      else if (lock.from === "pypi") await layPypi(lock, join(cache, "pypi"), draft, signal);
      else if (lock.from === "wheels") await layWheels(lock, join(cache, "wheels"), draft, signal);
      else await layTarball(lock, join(cache, "tarballs"), draft, signal);
      signal?.throwIfAborted();
      await chmod(draft, 0o755);
      await writeInventory(draft);
      // A damaged one stays until a whole one can take its place: hosts run from it meanwhile.
      if (existsSync(path)) await discard(path);
      await rename(draft, path);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  };
  await inTurn(path, lay, signal);
  return done();
}

/** Whether an artifact is there and undamaged, without fetching anything. */
export async function hasArtifact(id: string, store: string = artifactFolder()): Promise<boolean> {
  return existsSync(join(store, id)) && (await checkInventory(join(store, id))).length === 0;
}

// Out of the way in one step: a half-removed folder must never stand under the final name.
async function discard(path: string): Promise<void> {
  const away = join(dirname(path), `.${basename(path)}.new-damaged-${process.pid}`);
  await rename(path, away);
  await rm(away, { recursive: true, force: true });
}

// Drafts of runs that were killed: whose turn it is, is alone, so none of them can be in use.
async function forgetLeftovers(store: string, id: string): Promise<void> {
  const left = (await readdir(store)).filter((name) => name.startsWith(`.${id}.`));
  await Promise.all(left.map((name) => rm(join(store, name), { recursive: true, force: true })));
}
