import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { readIf } from "./machine.ts";
import { run } from "../../process.ts";

/*
 * Packages come to a host the way they come to this machine: by its proxy, with its certificates and, where it runs the
 * same release of Debian, from its mirror.
 */

/** Settings of apt that say how the network is reached, not what is installed. */
const REACH = /^Acquire::(?:(?:http|https|ftp)::|Check-|Retries|ForceIPv)/;

export interface AptSources {
  /** File name with `.list` or `.sources`. */
  name: string;
  text: string;
}

/** The machine's own settings for reaching the network, in apt's syntax; empty where there is no apt. */
export async function aptOptions(): Promise<string> {
  const { code, stdout } = await run(["apt-config", "dump", "--no-empty"], { timeout: 10 });
  return code === 0 ? reachOptions(stdout) : "";
}

/** Picks the lines that matter from `apt-config dump`. */
export function reachOptions(dump: string): string {
  const lines = dump.split("\n").filter((line) => REACH.test(line));
  return lines.map((line) => `${line}\n`).join("");
}

/** The machine's own sources for a release of Debian; none where it runs another system. */
export function machineSources(release: string): AptSources[] {
  const files = ["/etc/apt/sources.list", ...globSync("/etc/apt/sources.list.d/*.{list,sources}").sort()];
  return files.flatMap((file) => {
    const text = debianOnly(readIf(file), release, file.endsWith(".sources"));
    return text === "" ? [] : [{ name: basename(file), text }];
  });
}

/** What in a source file belongs to the release itself: its suites with the component `main`. Others' packages stay out. */
export function debianOnly(text: string, release: string, deb822: boolean): string {
  const suite = new RegExp(`\\b${release}(?:-updates|-security|/updates)?\\s`);
  const parts = deb822 ? text.split(/\n\s*\n/) : text.split("\n");
  const wanted = parts.filter((part) => {
    const plain = part.replace(/^#.*$/gm, "");
    const enabled = deb822
      ? !/^Enabled:\s*no/im.test(plain) && /^Types:.*\bdeb\b/m.test(plain)
      : /^\s*deb\s/.test(plain);
    return enabled && suite.test(plain) && /\smain\b/.test(plain);
  });
  return wanted.length === 0 ? "" : `${wanted.join(deb822 ? "\n\n" : "\n").trim()}\n`;
}

/**
 * Lays out, as they must stand on a host, the machine's certificates and its ways to the network.
 * @param root Folder that becomes the host's `/`. Sources go to `/usr/lib/muster/image/sources`, to take the base's place.
 */
export async function copyAptSettings(root: string, release: string): Promise<void> {
  const put = (path: string, content: string | Buffer): void => {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  put("etc/apt/apt.conf.d/80muster", await aptOptions());
  for (const { name, text } of machineSources(release)) put(`usr/lib/muster/image/sources/${name}`, text);
  for (const file of globSync("/usr/local/share/ca-certificates/**/*.crt")) {
    put(`usr/local/share/ca-certificates/${basename(file)}`, readFileSync(file));
  }
  // Until ca-certificates is installed and makes its own.
  const bundle = readIf("/etc/ssl/certs/ca-certificates.crt");
  if (bundle !== "") put("etc/ssl/certs/ca-certificates.crt", bundle);
}
