import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { pipReason } from "./pip.ts";
import { findPython } from "./python.ts";

/** Half a gigabyte over a line of 1 MByte/s, milliseconds. */
const downloadMs = 15 * 60_000;

/** A package by the content of its wheel. */
export interface Wheel {
  name: string;
  version: string;
  sha256: string;
}

/** Exact wheels for one Python on one kind of machine. */
export interface WheelSet {
  /** What they are for, as people say it: `the nodes' Ansible`. */
  purpose: string;
  /** Version of Python, e.g. `3.11`. */
  python: string;
  /** Platform tags, e.g. `manylinux2014_x86_64`. */
  platforms: readonly string[];
  wheels: readonly Wheel[];
  /** Lines for pip that say where the wheels are, if not where its own settings say. */
  indexes?: readonly string[] | undefined;
}

/**
 * Every wheel of a set as a verified file in the folder; what is missing or damaged there is fetched, by pip, because its
 * own settings know the index and the proxies.
 * @throws names the wheels that cannot be had, and why
 */
export async function ensureWheels(set: WheelSet, folder: string, signal?: AbortSignal): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const missing = await missingOf(set.wheels, folder);
  if (missing.length > 0) await fetchTwice({ ...set, wheels: missing }, folder, signal);
  return set.wheels.map((wheel) => wheelFile(folder, wheel));
}

/** Where a wheel is kept in a folder of wheels. */
export const wheelFile = (folder: string, wheel: Wheel): string =>
  join(folder, `${wheel.name}-${wheel.version}-${wheel.sha256.slice(0, 16)}.whl`);

async function missingOf(wheels: readonly Wheel[], folder: string): Promise<Wheel[]> {
  const there = await Promise.all(
    wheels.map(async (wheel) => (await sha256Of(wheelFile(folder, wheel))) === wheel.sha256),
  );
  return wheels.filter((_, index) => there[index] !== true);
}

/** A damaged download is refused and tried once more, then without pip's own cache. */
async function fetchTwice(set: WheelSet, folder: string, signal?: AbortSignal): Promise<void> {
  const left = await fetchWheels(set, folder, [], signal);
  if (left.refused.length === 0) return;
  const again = await fetchWheels({ ...set, wheels: left.refused }, folder, ["--no-cache-dir"], signal);
  if (again.refused.length === 0) return;
  const names = again.refused.map((wheel) => `${wheel.name} ${wheel.version}`).join(", ");
  throw new Error(
    `could not fetch ${names} for ${set.purpose}: ${again.reason}\n` +
      "Check that pip reaches its package index: python3 -m pip download --no-deps packaging",
  );
}

/** What pip is to be told of those who will use the wheels. */
export const targetOptions = ({ python, platforms }: Pick<WheelSet, "python" | "platforms">): string[] => [
  "--only-binary=:all:",
  ...["--python-version", python, "--implementation", "cp"],
  ...platforms.flatMap((platform) => ["--platform", platform]),
];

async function fetchWheels(
  { python, platforms, wheels, indexes = [] }: WheelSet,
  folder: string,
  options: readonly string[],
  signal?: AbortSignal,
): Promise<{ refused: Wheel[]; reason: string }> {
  const draft = join(folder, `.new-${randomUUID()}`);
  await mkdir(draft);
  try {
    const requirements = join(draft, "requirements.txt");
    const exact = wheels.map((w) => `${w.name}==${w.version} --hash=sha256:${w.sha256}`);
    await writeFile(requirements, `${[...indexes, ...exact].join("\n")}\n`);
    const { stderr, exitCode } = await execa(
      await findPython(),
      ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
        .concat([...targetOptions({ python, platforms }), ...options])
        .concat(["--dest", draft, "--requirement", requirements]),
      { reject: false, timeout: downloadMs, stdin: "ignore", cancelSignal: signal, forceKillAfterDelay: 5000 },
    );
    signal?.throwIfAborted();
    await keepWanted(draft, wheels, folder);
    const refused = await missingOf(wheels, folder);
    return { refused, reason: pipReason(stderr, exitCode) };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** By content, not by name: wheels' file names are the index's affair. */
async function keepWanted(draft: string, wheels: readonly Wheel[], folder: string): Promise<void> {
  for (const name of await readdir(draft)) {
    const found = await sha256Of(join(draft, name));
    const wheel = wheels.find(({ sha256 }) => sha256 === found);
    if (wheel !== undefined) await rename(join(draft, name), wheelFile(folder, wheel));
  }
}

async function sha256Of(file: string): Promise<string | undefined> {
  try {
    return createHash("sha256")
      .update(await readFile(file))
      .digest("hex");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
