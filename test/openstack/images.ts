import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../../contract/folders.ts";
import { removeOlder } from "../../components/clouds/local/image.ts";
import { buildImage, type ImageRecipe, packagesIn } from "../../components/clouds/local/image-build.ts";
import { rolesPackageLists } from "../../components/clouds/local/image-name.ts";
import { contentHash, filesOf, PROJECT } from "../../components/images/content.ts";
import { packagesOf } from "../../components/clouds/local/image-packages.ts";
import { imageExists, podman } from "../../components/clouds/local/podman.ts";
import { asRoot, run } from "../../components/process.ts";
import { inTurnOfAll } from "../../components/clouds/local/turn.ts";
import type { Place } from "./place.ts";
import { tellingUnavailable } from "./unavailable.ts";

/** Installs packages the same way for every image. */
const INSTALL = "images/local/install";
const PACKAGES = "test/openstack/images/packages";
const BOX = "test/openstack/images/box";
const SERVER = "test/openstack/images/server";

const PACKAGES_REPOSITORY = "localhost/muster/openstack-packages";
const BOX_REPOSITORY = "localhost/muster/openstack-box";
const SERVER_REPOSITORY = "localhost/muster/openstack-server";

/** Free room on a server's disk as it is in the image; with a larger flavor it grows before the first boot. */
const FREE_MIB = 200;

/** Image of the box. What is only configured is built quickly: packages have an image of their own. */
export async function ensureBoxImage(): Promise<string> {
  const files = [...filesOf([`${BOX}/**`, `${PACKAGES}/**`]), INSTALL];
  return ensure(BOX_REPOSITORY, files, async () => ({ parts: [BOX], packages: [], base: await ensurePackages() }));
}

function ensurePackages(): Promise<string> {
  const list = `${PACKAGES}/packages.txt`;
  const packages = packagesOf(readFileSync(join(PROJECT, list), "utf8"), []);
  const recipe = { parts: [PACKAGES, INSTALL], packages };
  return ensure(PACKAGES_REPOSITORY, [...filesOf([`${PACKAGES}/**`]), INSTALL], () => Promise.resolve(recipe));
}

/** An image that is named by what it is made of, and made once. */
async function ensure(repository: string, files: string[], recipe: () => Promise<ImageRecipe>): Promise<string> {
  const name = `${repository}:${contentHash(files)}`;
  if (await imageExists(name)) return name;
  return await inTurnOfAll(repository.replaceAll("/", "-"), async () => {
    if (await imageExists(name)) return name;
    await build(name, await recipe());
    await removeOlder(name, repository);
    return name;
  });
}

/** File with the disk that servers are made from: raw, in the cache, made once. */
export async function ensureServerDisk(): Promise<string> {
  const hash = contentHash([...filesOf([`${SERVER}/**`, INSTALL]), ...rolesPackageLists()]);
  const folder = join(cacheFolder(), "openstack-box");
  const file = join(folder, `server-${hash}.raw`);
  if (!existsSync(file)) {
    await inTurnOfAll("openstack-server-image", async () => {
      if (existsSync(file)) return;
      const name = `${SERVER_REPOSITORY}:${hash}`;
      await build(name, { parts: [SERVER, INSTALL], packages: await packagesIn(`${SERVER}/packages.txt`) });
      mkdirSync(folder, { recursive: true });
      for (const older of globSync(join(folder, "server-*.raw*"))) rmSync(older);
      await makeDisk(name, file);
      await podman(["rmi", name]);
    });
  }
  return file;
}

/** For servers that never boot. */
export function emptyDisk({ folder }: Place): Promise<string> {
  const file = join(folder, "empty.raw");
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, Buffer.alloc(1024 * 1024));
  return Promise.resolve(file);
}

const build = (name: string, recipe: ImageRecipe): Promise<void> => tellingUnavailable(() => buildImage(name, recipe));

/** An image's files as a file system, which is also the whole disk. */
async function makeDisk(image: string, file: string): Promise<void> {
  const root = (await podman(["image", "mount", image])).trim();
  try {
    const used = await must(["du", "--summarize", "--block-size=1M", root], 60);
    // The file system's own tables and journal take a tenth.
    const size = Math.ceil(Number.parseInt(used, 10) * 1.1) + FREE_MIB;
    const draft = `${file}.draft`;
    rmSync(draft, { force: true });
    await must(["mkfs.ext4", "-q", "-m", "0", "-L", "root", "-d", root, draft, `${size}M`], 300);
    renameSync(draft, file);
  } finally {
    await podman(["image", "unmount", image]);
  }
}

async function must(argv: string[], timeout: number): Promise<string> {
  const { code, stdout, stderr } = await run(asRoot(argv), { timeout, interruptible: true });
  if (code !== 0) throw new Error(`${argv[0]} ended with code ${code}: ${stderr.trim()}`);
  return stdout;
}
