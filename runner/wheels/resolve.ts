import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { WheelsLock } from "../../artifacts/locks.ts";
import { pipReason } from "./pip.ts";
import { findPython } from "./python.ts";
import { targetOptions, wheelFile } from "./wheels.ts";

/** Half a gigabyte over a line of 1 MByte/s, milliseconds. */
const RESOLVE_MS = 30 * 60_000;
/** What is compiled takes as much again as its source; most of what wheels hold is no source. */
const COMPILED = 1.3;

const SIZE =
  "import sys, zipfile; print(sum(i.file_size for w in sys.argv[1:] for i in zipfile.ZipFile(w).infolist()))";

/**
 * The lock with all that requirements want besides, in the versions that go together with what is locked already: pip
 * finds them, by its own settings and by the requirements' own lines. The wheels stay in `folder`.
 * @throws why there are none: what conflicts with what, or what cannot be had for these nodes
 */
export async function resolveRequirements(
  requirements: string,
  base: WheelsLock,
  folder: string,
  indexes: readonly string[],
): Promise<WheelsLock> {
  const draft = join(folder, `.new-${randomUUID()}`);
  await mkdir(draft, { recursive: true });
  try {
    const constraints = join(draft, "constraints.txt");
    await writeFile(constraints, base.wheels.map(({ name, version }) => `${name}==${version}\n`).join(""));
    const python = await findPython();
    const argv = ["-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"];
    const wanted = ["--dest", draft, "--requirement", requirements, "--constraint", constraints];
    const ended = await execa(python, [...argv, ...targetOptions(base), ...wanted], {
      ...{ reject: false, timeout: RESOLVE_MS, stdin: "ignore", all: true },
    });
    if (ended.exitCode !== 0) throw new Error(conflictIn(ended.all) ?? pipReason(ended.all, ended.exitCode));
    const known = new Set(base.wheels.map(({ name }) => name));
    const files = (await readdir(draft)).filter((file) => file.endsWith(".whl") && !known.has(wheelOf(file).name));
    const paths = files.map((file) => join(draft, file));
    const unpacked = Number((await execa(python, ["-c", SIZE, ...paths])).stdout);
    const added = await Promise.all(files.map(async (file) => keep(join(draft, file), wheelOf(file), folder)));
    return {
      ...base,
      unpacked: base.unpacked + Math.ceil(unpacked * COMPILED),
      wheels: [...base.wheels, ...added].sort((a, b) => (a.name < b.name ? -1 : 1)),
      ...(indexes.length === 0 ? {} : { indexes: [...indexes] }),
    };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** `Scikit_Learn-1.8.0-cp311-….whl`: who it is, as lock files write it. */
function wheelOf(file: string): { name: string; version: string } {
  const [name = "", version = ""] = file.split("-");
  return { name: name.toLowerCase().replaceAll(/[-_.]+/g, "-"), version };
}

async function keep(path: string, { name, version }: { name: string; version: string }, folder: string) {
  const data = await readFile(path);
  const wheel = { name, version, size: data.length, sha256: createHash("sha256").update(data).digest("hex") };
  await rename(path, wheelFile(folder, wheel));
  return wheel;
}

/** Where versions conflict, who wants what, in pip's own words. */
function conflictIn(output: string): string | undefined {
  const lines = output.split("\n").map((line) => line.trim());
  const at = lines.findIndex((line) => line.startsWith("The conflict is caused by"));
  const conflict = at < 0 ? [] : lines.slice(at + 1);
  const parties = conflict.slice(0, conflict.indexOf("") < 0 ? 4 : conflict.indexOf(""));
  if (parties.length === 0) return undefined;
  return parties.join("; ").replaceAll("The user requested (constraint)", "the locked set has");
}
