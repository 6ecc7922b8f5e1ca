import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { stateFolder } from "../../contract/folders.ts";
import { run } from "../process.ts";
import { inScratch } from "../scratch.ts";
import { PROJECT } from "./content.ts";
import type { Baker } from "./images.ts";
import { bringPacker, complaintIn, type Packer, runPacker } from "./packer.ts";
import type { Versions } from "./recipe.ts";

/** Seconds. On a cloud a machine has to be made first, and installed over slow lines. */
const BAKE_SECONDS = 3600;
const BUNDLE_SECONDS = 600;

export interface Baked {
  /** What machines are made of. */
  image: string;
  /** False when it was there already. */
  made: boolean;
}

/**
 * An image in which everything is installed: found, or baked by Packer. Of any number that want the same one bakes, the
 * others wait and find it. Whatever ends it, there is no half image.
 * @param bring Finds Packer. Default: brings it where it is not here.
 */
export async function bake(
  baker: Baker,
  versions: Versions,
  { signal, bring = bringPacker }: { signal?: AbortSignal; bring?: () => Promise<Packer> } = {},
): Promise<Baked> {
  const found = await baker.find();
  if (found !== undefined) return { image: found, made: false };
  return await baker.inTurn(async () => {
    const there = await baker.find();
    if (there !== undefined) return { image: there, made: false };
    await baker.clear();
    const packer = await bring();
    signal?.throwIfAborted();
    try {
      await build(baker, versions, packer, signal);
    } finally {
      await baker.clear();
    }
    const image = await baker.find();
    if (image === undefined) throw new Error(`Packer said that it made ${baker.name}, but it is not there`);
    return { image, made: true };
  });
}

async function build(baker: Baker, versions: Versions, packer: Packer, signal?: AbortSignal): Promise<void> {
  process.stderr.write(`image: baking ${baker.name}\n`);
  const log = logOf(baker.name);
  await inScratch(async (folder) => {
    const { variables, environment } = await baker.prepare(folder);
    const all = { ...variables, ...(await bundle()), versions: JSON.stringify(versions) };
    const file = join(folder, "image.pkrvars.json");
    writeFileSync(file, JSON.stringify(all), { mode: 0o600 });
    const args = ["build", "-color=false", `-var-file=${file}`, join(PROJECT, baker.template)];
    const code = await runPacker({ packer, args, folder, environment, log, seconds: BAKE_SECONDS, signal });
    signal?.throwIfAborted();
    if (code !== 0) throw new Error(`${baker.template}: ${complaintIn(log)}\nThe whole log: ${log}`);
  });
}

/** What nodes configure themselves with. It is the runner's to make. */
async function bundle(): Promise<{ bundle: string; bundle_name: string }> {
  const { code, stdout, stderr } = await run(["muster-runner", "bundle"], {
    timeout: BUNDLE_SECONDS,
    interruptible: true,
  });
  if (code !== 0) throw new Error(`the bundle could not be made: ${stderr.trim()}`);
  const { path, sha } = JSON.parse(stdout) as { path: string; sha: string };
  return { bundle: path, bundle_name: sha };
}

/** Of the last build only. */
function logOf(name: string): string {
  const folder = join(stateFolder(), "images");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const log = join(folder, `${basename(name).replace(/[^\w.-]/g, "-")}.log`);
  rmSync(log, { force: true });
  return log;
}
