import { homedir } from "node:os";
import { join } from "node:path";

const xdg = (variable: string, fallback: string): string => {
  const value = process.env[variable];
  // The XDG specification: relative paths are invalid and must be ignored.
  return value?.startsWith("/") ? value : join(homedir(), fallback);
};

/** What must not be lost: backend, passphrase, jobs, journals, logs. `$XDG_STATE_HOME/muster`. */
export const stateFolder = (): string => join(xdg("XDG_STATE_HOME", ".local/state"), "muster");

/** What can be deleted at any time: downloads, builds. `$XDG_CACHE_HOME/muster`. */
export const cacheFolder = (): string => join(xdg("XDG_CACHE_HOME", ".cache"), "muster");

/** One cluster's own folder: `jobs/ logs/ ssh/ journal.jsonl events.jsonl last.json lock`. */
export const clusterFolder = (clusterId: string): string => join(stateFolder(), "clusters", clusterId);

/** Unpacked artifacts by id; bind-mounted read-only into local hosts, hence state, not cache. */
export const artifactFolder = (): string => join(stateFolder(), "artifacts");
