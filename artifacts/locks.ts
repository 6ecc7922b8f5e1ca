import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { canonicalJson } from "../contract/canonical-json.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const sha512 = z.string().regex(/^[0-9a-f]{128}$/);

const mavenLock = z.strictObject({
  name: z.string(),
  version: z.string(),
  from: z.literal("maven"),
  /** Jars that go to `lib/`, by `group:artifact:version[:classifier]`. */
  jars: z.array(z.strictObject({ coordinates: z.string(), size: z.int(), sha256, sha512 })),
  /** Parts of jars that are needed unpacked: everything below `prefix` goes to `to`. */
  unpack: z.array(
    z.strictObject({
      coordinates: z.string(),
      size: z.int(),
      sha256,
      sha512,
      prefix: z.string(),
      to: z.string(),
    }),
  ),
});

const tarballLock = z.strictObject({
  name: z.string(),
  version: z.string(),
  from: z.literal("tarball"),
  /** Tried in order. */
  urls: z.array(z.string()).min(1),
  /** Bytes; left out where only the checksum is published. */
  size: z.int().optional(),
  sha512,
});

const pypiLock = z.strictObject({
  name: z.string(),
  version: z.string(),
  from: z.literal("pypi"),
  /** The project whose source distribution of that version it is. */
  project: z.string(),
  size: z.int(),
  sha256,
  sha512,
  /** What goes into the artifact, files and folders: path in the distribution → path in the artifact. */
  take: z.record(z.string(), z.string()),
  /** Patterns, as `tar` reads them, of what is left out: other platforms', other schedulers'. */
  drop: z.array(z.string()),
});

export const wheelsLock = z.strictObject({
  name: z.string(),
  version: z.string(),
  from: z.literal("wheels"),
  /** Whom they fit: version of Python, platform tags, and the machine as `uname -m` says it. */
  python: z.string(),
  platforms: z.array(z.string()).min(1),
  machine: z.string(),
  /** Bytes on a disk, laid out and compiled. */
  unpacked: z.int(),
  /** Packages whose wheels are unpacked to `site-packages/`. */
  wheels: z.array(z.strictObject({ name: z.string(), version: z.string(), size: z.int(), sha256 })).min(1),
  /** Patterns, as `glob` reads them, of what is left out: what only a package's own developers need. */
  drop: z.array(z.string()),
  /** Lines of pip's that say where else than in its own settings the wheels are. */
  indexes: z.array(z.string()).optional(),
});

export type MavenLock = z.output<typeof mavenLock>;
export type TarballLock = z.output<typeof tarballLock>;
export type PypiLock = z.output<typeof pypiLock>;
export type WheelsLock = z.output<typeof wheelsLock>;
export type ArtifactLock = MavenLock | TarballLock | PypiLock | WheelsLock;

const lockSchema = z.discriminatedUnion("from", [mavenLock, tarballLock, pypiLock, wheelsLock]);
const known = new Map<string, { lock: ArtifactLock; id: string }>();

/**
 * The folder name of an artifact in the store: `<name>-<version>-<first 12 of the lock file's sha256>`, so that another
 * lock file is another artifact. Throws when there is no lock file for it.
 */
export function artifactId(name: string, version: string, from: ArtifactLock["from"]): string {
  return load(`${name}-${version}-${from}`).id;
}

const learned = new Map<string, ArtifactLock>();

/** Makes a lock known that has no file here, because it is the user's own; returns the artifact's id. */
export function learnLock(lock: ArtifactLock): string {
  const id = idOf(lock, canonicalJson(lock));
  learned.set(id, lock);
  return id;
}

/** The lock an id was made from. Throws when neither this version of Muster nor {@link learnLock} knows the id. */
export function lockOf(id: string): ArtifactLock {
  const own = learned.get(id);
  if (own !== undefined) return own;
  const found = lockNames()
    .map(load)
    .find((each) => each.id === id);
  if (!found) throw new Error(`no lock file under artifacts/ stands for ${id}`);
  return found.lock;
}

/** A tarball whose size is not published: more than any so far. Bytes. */
const UNKNOWN_SIZE = 2 ** 30;

/** Bytes that an artifact takes unpacked, about. */
export function unpackedSize(id: string): number {
  const lock = lockOf(id);
  return lock.from === "wheels" ? lock.unpacked : downloadSize(id);
}

/** Bytes that have to be fetched for an artifact. */
export function downloadSize(id: string): number {
  const lock = lockOf(id);
  if (lock.from === "tarball") return lock.size ?? UNKNOWN_SIZE;
  if (lock.from === "pypi") return lock.size;
  const files = lock.from === "wheels" ? lock.wheels : [...lock.jars, ...lock.unpack];
  return files.reduce((total, { size }) => total + size, 0);
}

/** Versions of `name` that have a lock file for this source, oldest first. */
export function lockedVersions(name: string, from: ArtifactLock["from"]): string[] {
  return lockNames()
    .filter((each) => each.startsWith(`${name}-`) && each.endsWith(`-${from}`))
    .map((each) => each.slice(name.length + 1, -from.length - 1))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

function lockNames(): string[] {
  return readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith(".lock.json"))
    .map((file) => file.slice(0, -".lock.json".length));
}

function load(lockName: string): { lock: ArtifactLock; id: string } {
  const before = known.get(lockName);
  if (before) return before;
  const text = readFileSync(join(import.meta.dirname, `${lockName}.lock.json`), "utf8");
  const lock = lockSchema.parse(JSON.parse(text));
  const loaded = { lock, id: idOf(lock, text) };
  known.set(lockName, loaded);
  return loaded;
}

/** What {@link artifactId} says, from a lock and the text of its file. */
function idOf(lock: ArtifactLock, text: string): string {
  return `${lock.name}-${lock.version}-${createHash("sha256").update(text).digest("hex").slice(0, 12)}`;
}

/** The file name Maven gives a jar. */
export function jarName(coordinates: string): string {
  const [, artifact, version, classifier] = coordinates.split(":");
  return `${[artifact, version, classifier].filter(Boolean).join("-")}.jar`;
}
