import { z } from "zod";
import { cloudEntry } from "../clouds/index.ts";
import { endChildren, whenOrphaned } from "../process.ts";
import { bake } from "./bake.ts";
import { readVersions } from "./recipe.ts";

const USAGE = "usage: muster-image ensure   (parameters in environment variables)\n";

const parameters = z.object({
  CLOUD: z.string(),
  OPTIONS: z.string().transform((text) => z.record(z.string(), z.unknown()).parse(JSON.parse(text))),
  VERSIONS: z.string().transform(readVersions),
});

/** Told to end, or of no use any more: what is half done is taken away before this program ends. */
const stopping = new AbortController();

async function ensure(): Promise<object> {
  const { CLOUD, OPTIONS, VERSIONS } = parameters.parse(process.env);
  const entry = await cloudEntry(CLOUD);
  if (entry?.images === undefined) throw new Error(`there is no baking of images on ${CLOUD}`);
  const baker = await (await entry.images(OPTIONS)).baker(VERSIONS);
  const { image } = await bake(baker, VERSIONS, { signal: stopping.signal });
  return { image };
}

function stop(): void {
  if (stopping.signal.aborted) return;
  stopping.abort(new Error("stopped; nothing of the image is left"));
  endChildren();
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
whenOrphaned(stop);

if (process.argv[2] === "ensure" && process.argv.length === 3) {
  try {
    process.stdout.write(`${JSON.stringify(await ensure())}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
} else {
  process.stderr.write(USAGE);
  process.exitCode = 2;
}
