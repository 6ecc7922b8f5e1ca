import { cloudEntry } from "../../components/clouds/index.ts";
import { bake } from "../../components/images/bake.ts";
import type { Images, StoredImage } from "../../components/images/images.ts";
import { readVersions, versionsOf } from "../../components/images/recipe.ts";
import { canonicalJson } from "../../contract/canonical-json.ts";
import { suggestion } from "../../plan/config/nearest.ts";
import { cloudOfStack } from "../clouds.ts";
import { readEnvironment } from "../environment.ts";
import { exit, misuse, Trouble } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { duration, table } from "../progress/lines.ts";

export interface ImageOptions extends CommonOptions {
  json?: boolean;
}

/** Bakes the images that the stack's clusters would be made of, where they are not there yet; prints their names. */
export async function buildImages(options: ImageOptions): Promise<number> {
  const { clusters } = readEnvironment(options.stack);
  const images = await imagesOf(options.stack);
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => stopping.abort(new Trouble("stopped; nothing of the image is left")));
  for (const text of new Set(clusters.map((spec) => canonicalJson(versionsOf(spec))))) {
    const startedAt = Date.now();
    const versions = readVersions(text);
    const baker = await images.baker(versions);
    const { made } = await bake(baker, versions, { signal: stopping.signal });
    const how = made ? `baked (${duration(Date.now() - startedAt)})` : "there already";
    process.stdout.write(`${baker.name}  ${how}\n`);
  }
  return exit.ready;
}

/** Every baked image on the stack's cloud. */
export async function listImages(options: ImageOptions): Promise<number> {
  const images = await (await imagesOf(options.stack)).list();
  if (options.json === true) process.stdout.write(`${JSON.stringify(images)}\n`);
  else if (images.length === 0) process.stdout.write("no baked images\n");
  else process.stdout.write(`${table([["image", "made", "size", "used by"], ...images.map(row)])}\n`);
  return exit.ready;
}

const row = ({ name, made, size, own, usedBy }: StoredImage): string[] => {
  const [first, ...others] = usedBy;
  const users = first === undefined ? "nobody" : others.length === 0 ? first : `${first} and ${others.length} more`;
  return [name, made.slice(0, 16).replace("T", " "), `${size} MiB`, own ? users : `${users}; another state folder's`];
};

/** Removes images by name, or by what follows the colon in it; none of them unless all can go. */
export async function removeImages(wanted: readonly string[], options: ImageOptions): Promise<number> {
  const images = await imagesOf(options.stack);
  const there = await images.list();
  const chosen = wanted.map((word) => {
    const found = there.find(({ name }) => name === word || name.endsWith(`:${word}`));
    const names = there.map(({ name }) => name);
    if (found === undefined) throw misuse(`there is no baked image "${word}"; ${suggestion(word, names)}`);
    return found;
  });
  const used = chosen.find(({ usedBy }) => usedBy.length > 0);
  if (used !== undefined)
    throw misuse(`${used.name} is in use by ${used.usedBy.join(", ")}: take these down first. Nothing was removed`);
  for (const { name } of chosen) {
    await images.remove(name);
    process.stdout.write(`removed ${name}\n`);
  }
  return exit.ready;
}

async function imagesOf(stack: string): Promise<Images> {
  const { name, options } = cloudOfStack(stack);
  const entry = await cloudEntry(name);
  if (entry?.images === undefined) throw misuse(`no images are baked on the cloud of the stack ${stack}, ${name}`);
  return entry.images(options);
}
