import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";

/** What a file must be; sizes in bytes, hashes in hex. */
export interface Expected {
  size?: number;
  sha256?: string;
  sha512?: string;
}

/** Why a file is not what it must be, in words; undefined when it is. */
export async function mismatch(path: string, expected: Expected): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return "is missing";
  if (expected.size !== undefined && found.size !== expected.size)
    return `has ${found.size} bytes, must have ${expected.size}`;
  for (const algorithm of ["sha512", "sha256"] as const) {
    const wanted = expected[algorithm];
    if (wanted === undefined) continue;
    const hash = await digest(path, algorithm);
    // sha512 is the stronger of the two: when it is right there is nothing left to ask.
    return hash === wanted ? undefined : `has ${algorithm} ${hash}, must have ${wanted}`;
  }
  return undefined;
}

/** Hex digest of a file's content. */
export async function digest(path: string, algorithm: "sha256" | "sha512"): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}
