import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { placeOnce } from "./atomic-file.ts";

const xdg = (variable: string, fallback: string): string => {
  const value = process.env[variable];
  // The XDG specification: relative paths are invalid and must be ignored.
  return value?.startsWith("/") ? value : join(homedir(), fallback);
};

/** What must not be lost: backend, passphrase, jobs, journals, logs. `$XDG_STATE_HOME/muster`. */
export const stateFolder = (): string => join(xdg("XDG_STATE_HOME", ".local/state"), "muster");

/** What can be deleted at any time: downloads, builds. `$XDG_CACHE_HOME/muster`. */
export const cacheFolder = (): string => join(xdg("XDG_CACHE_HOME", ".cache"), "muster");

/** Folders in which something is being made; what a killed process left of them, too. */
export const scratchFolder = (): string => join(cacheFolder(), "scratch");

/** One cluster's own folder: `jobs/ submitted/ logs/ ssh/ vpn/ failed-machines/ journal.jsonl events.jsonl last.json lock`. */
export const clusterFolder = (clusterId: string): string => join(stateFolder(), "clusters", clusterId);

/**
 * Random name of the state folder, made once: what is tagged with another one belongs to another user of the machine, or
 * to a state that was thrown away, and is not ours to remove.
 */
export function stateId(): string {
  const file = join(stateFolder(), "id");
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    // Where somebody else was quicker, theirs counts.
    placeOnce(file, randomBytes(8).toString("hex"));
    return readFileSync(file, "utf8").trim();
  }
}

/** Unpacked artifacts by id; bind-mounted read-only into local hosts, hence state, not cache. */
export const artifactFolder = (): string => join(stateFolder(), "artifacts");
