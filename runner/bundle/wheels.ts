import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { cacheFolder } from "../../contract/folders.ts";
import type { Kit, Wheel } from "./kit.ts";
import { findPython } from "./python.ts";

const downloadMs = 10 * 60_000;

/** Every wheel of the kit as a verified file in the cache; what is missing or damaged there is fetched. */
export async function ensureWheels(kit: Kit): Promise<string[]> {
  const folder = join(cacheFolder(), "wheels");
  await mkdir(folder, { recursive: true });
  const missing = await missingOf(kit.wheels, folder);
  if (missing.length > 0) await fetchTwice(kit, missing, folder);
  return kit.wheels.map((wheel) => cached(folder, wheel));
}

const cached = (folder: string, wheel: Wheel): string =>
  join(folder, `${wheel.name}-${wheel.version}-${wheel.sha256.slice(0, 16)}.whl`);

async function missingOf(wheels: readonly Wheel[], folder: string): Promise<Wheel[]> {
  const there = await Promise.all(
    wheels.map(async (wheel) => (await sha256Of(cached(folder, wheel))) === wheel.sha256),
  );
  return wheels.filter((_, index) => there[index] !== true);
}

/** A damaged download is refused and tried once more, then without pip's own cache. */
async function fetchTwice(kit: Kit, wheels: readonly Wheel[], folder: string): Promise<void> {
  const left = await fetchWheels(kit, wheels, folder, []);
  if (left.refused.length === 0) return;
  const again = await fetchWheels(kit, left.refused, folder, ["--no-cache-dir"]);
  if (again.refused.length === 0) return;
  const names = again.refused.map((wheel) => `${wheel.name} ${wheel.version}`).join(", ");
  throw new Error(
    `could not fetch ${names} for the nodes' Ansible: ${again.reason}\n` +
      "Check that pip reaches its package index: python3 -m pip download --no-deps packaging",
  );
}

async function fetchWheels(
  kit: Kit,
  wheels: readonly Wheel[],
  folder: string,
  options: string[],
): Promise<{ refused: Wheel[]; reason: string }> {
  const draft = join(folder, `.new-${randomUUID()}`);
  await mkdir(draft);
  try {
    const requirements = join(draft, "requirements.txt");
    await writeFile(requirements, wheels.map((w) => `${w.name}==${w.version} --hash=sha256:${w.sha256}\n`).join(""));
    const target = [
      "--python-version",
      kit.python,
      "--implementation",
      "cp",
      ...kit.platforms.flatMap((p) => ["--platform", p]),
    ];
    const { stderr, exitCode } = await execa(
      await findPython(),
      ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
        .concat(["--only-binary=:all:", ...target, ...options])
        .concat(["--dest", draft, "--requirement", requirements]),
      { reject: false, timeout: downloadMs, stdin: "ignore" },
    );
    await keepWanted(draft, wheels, folder);
    const refused = await missingOf(wheels, folder);
    return { refused, reason: reasonOf(stderr) ?? `pip ended with ${exitCode ?? "a signal"}` };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** By content, not by name: wheels' file names are the index's affair. */
async function keepWanted(draft: string, wheels: readonly Wheel[], folder: string): Promise<void> {
  for (const name of await readdir(draft)) {
    const found = await sha256Of(join(draft, name));
    const wheel = wheels.find(({ sha256 }) => sha256 === found);
    if (wheel !== undefined) await rename(join(draft, name), cached(folder, wheel));
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

/** pip's own words, without its advice. */
function reasonOf(stderr: string): string | undefined {
  const lines = stderr.split("\n").map((line) => line.trim());
  const errors = lines.filter((line) => line.startsWith("ERROR:"));
  return errors.length > 0 ? errors.slice(0, 3).join(" ") : lines.findLast((line) => line !== "");
}
