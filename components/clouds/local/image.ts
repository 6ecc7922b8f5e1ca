import { buildImage, packagesIn } from "./image-build.ts";
import { imageName, REPOSITORY } from "./image-name.ts";
import { imageExists, podman, podmanList } from "./podman.ts";
import { inTurnOfAll } from "./turn.ts";

/** The image of hosts: made once per recipe, by one process of this machine at a time. Its name. */
export async function ensureImage(): Promise<string> {
  const name = imageName();
  if (await imageExists(name)) return name;
  return await inTurnOfAll("image", async () => {
    if (await imageExists(name)) return name;
    await buildImage(name, { parts: ["images/local"], packages: await packagesIn("images/local/packages.txt") });
    await removeOlder(name, REPOSITORY);
    return name;
  });
}

/** Hours in which somebody who works with another recipe makes use of what he just made. */
const YOUNG_HOURS = 24;

/** Images of older recipes go, unless a host was made from them, or they are young. */
export async function removeOlder(name: string, repository: string): Promise<void> {
  const images = await podmanList<{ Names?: string[]; Created: number }>([
    "images",
    "--filter",
    `reference=${repository}`,
  ]);
  const old = images.filter(({ Created }) => Created * 1000 < Date.now() - YOUNG_HOURS * 3_600_000);
  for (const other of old.flatMap((image) => image.Names ?? [])) {
    if (other !== name) await podman(["rmi", other]).catch(() => undefined);
  }
}
