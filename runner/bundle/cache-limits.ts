import { readdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { cacheFolder, scratchFolder } from "../../contract/folders.ts";

/** A build that still fills its draft, and a run that reads its bundle, are younger by far. */
const IN_USE_MS = 3600_000;
/** Longer than the baking of an image is given. */
const BEING_MADE_MS = 24 * 3600_000;
/** Bundles that are kept: of this checkout, and of others that take turns with it. */
const BUNDLES = 8;
/** Bytes of what Node compiled, one file a module; each checkout at a place of its own adds some 20 MB. */
const COMPILED = 128 * 2 ** 20;

interface Entry {
  path: string;
  bytes: number;
  /** Milliseconds since the epoch. */
  used: number;
}

/** Removes what was left by killed builds, and the oldest of what would otherwise pile up; all of it can be made again. */
export async function limitCache(): Promise<void> {
  const unused = Date.now() - IN_USE_MS;
  const bundles = await entriesOf(join(cacheFolder(), "bundles"));
  const isDraft = ({ path }: Entry) => basename(path).startsWith(".new-");
  const compiled = await filesBelow(join(cacheFolder(), "compiled"));
  const outdated = [
    ...bundles.filter(isDraft),
    ...bundles.filter((entry) => !isDraft(entry)).slice(BUNDLES),
    ...beyond(COMPILED, compiled),
  ];
  const left = (await entriesOf(scratchFolder())).filter(({ used }) => used < Date.now() - BEING_MADE_MS);
  const gone = [...outdated.filter(({ used }) => used < unused), ...left];
  await Promise.all(gone.map(({ path }) => rm(path, { recursive: true, force: true })));
}

/** The older ones, without which the others have no more than so many bytes. */
function beyond(limit: number, entries: readonly Entry[]): Entry[] {
  let total = 0;
  return entries.filter(({ bytes }) => (total += bytes) > limit);
}

async function filesBelow(folder: string): Promise<Entry[]> {
  const versions = await entriesOf(folder);
  return youngestFirst((await Promise.all(versions.map(({ path }) => entriesOf(path)))).flat());
}

/** What is in a folder, the youngest first; what goes meanwhile, or never was there, is left out. */
async function entriesOf(folder: string): Promise<Entry[]> {
  const names = await readdir(folder).catch(() => []);
  const look = async (path: string): Promise<Entry[]> => {
    const found = await stat(path).catch(() => undefined);
    return found === undefined ? [] : [{ path, bytes: found.size, used: found.mtimeMs }];
  };
  return youngestFirst((await Promise.all(names.map((name) => look(join(folder, name))))).flat());
}

const youngestFirst = (entries: Entry[]): Entry[] => entries.sort((one, other) => other.used - one.used);
