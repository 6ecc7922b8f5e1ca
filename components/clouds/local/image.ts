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

/** Images of older recipes go, unless a host was made from them. */
export async function removeOlder(name: string, repository: string): Promise<void> {
  const images = await podmanList<{ Names?: string[] }>(["images", "--filter", `reference=${repository}`]);
  for (const other of images.flatMap((image) => image.Names ?? [])) {
    if (other !== name) await podman(["rmi", other]).catch(() => undefined);
  }
}
