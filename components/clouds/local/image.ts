import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../../../contract/folders.ts";
import { ensureBase } from "./base-image.ts";
import { imageName, PROJECT, recipeFiles, RELEASE, REPOSITORY } from "./image-name.ts";
import { readMachine } from "./machine.ts";
import { limitFlags } from "./machine-needs.ts";
import { copyAptSettings } from "./machine-apt.ts";
import { imageExists, podman, podmanList } from "./podman.ts";
import { inTurnOfAll } from "./turn.ts";

/** Seconds; an image takes about one minute, on a slow line several. */
const BUILD_SECONDS = 1200;

/** The image of hosts: made once per recipe, by one process of this machine at a time. Its name. */
export async function ensureImage(): Promise<string> {
  const name = imageName();
  if (await imageExists(name)) return name;
  return await inTurnOfAll("image", async () => {
    if (await imageExists(name)) return name;
    const base = await ensureBase();
    process.stderr.write(`image: installing packages into ${name}\n`);
    await build(name, base);
    await removeOlder(name);
    return name;
  });
}

async function build(name: string, base: string): Promise<void> {
  mkdirSync(cacheFolder(), { recursive: true });
  const context = mkdtempSync(join(cacheFolder(), "image-"));
  try {
    copyRecipe(join(PROJECT, "images/local"), context);
    writeFileSync(join(context, "packages"), `${(await packages()).join("\n")}\n`);
    mkdirSync(join(context, "machine"));
    await copyAptSettings(join(context, "machine"), RELEASE);
    const limits = limitFlags(await readMachine());
    // One layer; the machine's own network, so that its name servers and proxies answer.
    const how = ["--layers=false", "--pull=never", "--network=host", "--build-arg", `BASE=${base}`, ...limits];
    await podman(["build", ...how, "--tag", name, context], { timeout: BUILD_SECONDS, interruptible: true });
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
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

/** Names of all packages: the image's own and the roles'. */
async function packages(): Promise<string[]> {
  const { packagesOf } = await import("./image-packages.ts");
  const read = (file: string): string => readFileSync(join(PROJECT, file), "utf8");
  const roles = recipeFiles().filter((file) => file.startsWith("roles/"));
  return packagesOf(read("images/local/packages.txt"), roles.map(read));
}

/** Images of older recipes go, unless a host was made from them. */
async function removeOlder(name: string): Promise<void> {
  const images = await podmanList<{ Names?: string[] }>(["images", "--filter", `reference=${REPOSITORY}`]);
  for (const other of images.flatMap((image) => image.Names ?? [])) {
    if (other !== name) await podman(["rmi", other]).catch(() => undefined);
  }
}
