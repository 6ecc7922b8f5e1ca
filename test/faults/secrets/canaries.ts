import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { constants, gunzipSync } from "node:zlib";

/** Text that must not be seen anywhere but at home, by the name of the secret that it is, or is of. */
export class Canaries {
  readonly #needles: [name: string, needle: string][] = [];

  /**
   * @param secret of a private key each line counts, because a log may show one only
   * @param shown its public half, which everybody may see: it stands in the private key's file, too
   */
  add(name: string, secret: string, shown = ""): void {
    const lines = secret.trim().split("\n");
    // Without the frame, the head that all keys share, and an end too short to tell.
    const telling = lines.length > 1 ? lines.slice(3, -2).filter((line) => !shown.includes(line)) : lines;
    if (telling.length === 0 || telling.some((line) => line.length < 16)) throw new Error(`${name} is no good canary`);
    this.#needles.push(...telling.map((line): [string, string] => [name, line]));
  }

  /** Names of the secrets that are seen in a text. */
  seenIn(text: string | Buffer): string[] {
    const names = this.#needles.filter(([, needle]) => text.includes(needle)).map(([name]) => name);
    return [...new Set(names)].sort();
  }

  /** Every needle on a line of its own. */
  get lines(): string {
    return this.#needles.map(([, needle]) => `${needle}\n`).join("");
  }
}

/** A file in which secrets are seen: `600 path: name, name`. */
export const told = (mode: number, path: string, secrets: readonly string[]): string =>
  `${(mode & 0o777).toString(8)} ${path}: ${secrets.join(", ")}`;

/**
 * Files below a folder in which secrets are seen, packed ones unpacked; links are not followed.
 * @param leftOut names of folders that hold other people's files
 */
export function filesWith(canaries: Canaries, folder: string, leftOut: readonly string[] = []): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return leftOut.includes(entry.name) ? [] : filesWith(canaries, path, leftOut);
    if (!entry.isFile()) return [];
    const secrets = canaries.seenIn(unpacked(readFileSync(path)));
    return secrets.length === 0 ? [] : [told(statSync(path).mode, path, secrets)];
  });
}

/** By what is in it, not by its name; also of one whose writer was killed, as far as it goes. */
function unpacked(bytes: Buffer): Buffer {
  const isPacked = bytes.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]));
  return isPacked ? gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }) : bytes;
}
