import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ensureBase } from "./base-image.ts";
import { PROJECT } from "../../images/content.ts";
import { RELEASE, rolesPackageLists } from "./image-name.ts";
import { readMachine } from "./machine.ts";
import { limitFlags } from "./machine-needs.ts";
import { copyAptSettings } from "./machine-apt.ts";
import { podman } from "./podman.ts";
import { inScratch } from "../../scratch.ts";

/** Seconds; an image takes about one minute, on a slow line several. */
const BUILD_SECONDS = 1200;

/** What an image is built from. */
export interface ImageRecipe {
  /** Folders, whose content is copied, and files; relative to the project's folder. One is a Containerfile. */
  parts: readonly string[];
  /** Names of packages. */
  packages: readonly string[];
  /** Name of an image that is there. Default: a plain Debian. */
  base?: string;
}

/** Builds an image from packages that come the way they come to this machine. */
export async function buildImage(name: string, recipe: ImageRecipe): Promise<void> {
  const base = recipe.base ?? (await ensureBase());
  const { parts, packages } = recipe;
  process.stderr.write(`image: building ${name}\n`);
  await inScratch(async (context) => {
    for (const part of parts) {
      const path = join(PROJECT, part);
      if (statSync(path).isDirectory()) copyRecipe(path, context);
      else cpSync(path, join(context, basename(path)));
    }
    writeFileSync(join(context, "packages"), `${packages.join("\n")}\n`);
    mkdirSync(join(context, "machine"));
    await copyAptSettings(join(context, "machine"), RELEASE);
    const limits = limitFlags(await readMachine());
    // One layer; the machine's own network, so that its name servers and proxies answer.
    const how = ["--layers=false", "--pull=never", "--network=host", "--build-arg", `BASE=${base}`, ...limits];
    await podman(["build", ...how, "--tag", name, context], { timeout: BUILD_SECONDS, interruptible: true });
  });
}

/**
 * Copies a recipe's files, readable by everybody: building sets the modes of folders such as `/etc` too, and they must
 * not depend on the umask of whoever cloned.
 */
export function copyRecipe(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
  for (const entry of readdirSync(to, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const isProgram = entry.isDirectory() || (statSync(path).mode & 0o100) !== 0;
    chmodSync(path, isProgram ? 0o755 : 0o644);
  }
}

/** Names of all packages of a Debian on which roles can run: those in a list of the recipe's, and the roles'. */
export async function packagesIn(list: string): Promise<string[]> {
  const { packagesOf } = await import("./image-packages.ts");
  const read = (file: string): string => readFileSync(join(PROJECT, file), "utf8");
  return packagesOf(read(list), rolesPackageLists().map(read));
}
