import { createWriteStream } from "node:fs";
import { link, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { execa } from "execa";
import type { TarballLock } from "../../artifacts/locks.ts";
import { mismatch } from "./digest.ts";

/** How long a server may take to begin, and to go on, before the next one is tried; milliseconds. */
const PATIENCE = 15_000;

/**
 * Lays an official release out in `target`: as it is without its documentation, and beside it `lib/` and `web/`, the
 * flat folders that the commands and daemons use whatever the source.
 */
export async function layTarball(
  lock: TarballLock,
  cache: string,
  target: string,
  signal?: AbortSignal,
): Promise<void> {
  await mkdir(cache, { recursive: true });
  const file = join(cache, `${lock.name}-${lock.version}.tar.gz`);
  if ((await mismatch(file, lock)) !== undefined) await fetchTarball(lock, file, signal);
  const flags = ["--extract", "--gzip", "--strip-components=1", "--no-same-owner", "--exclude=*/share/doc"];
  await execa("tar", [...flags, `--file=${file}`, `--directory=${target}`], { stdin: "ignore", cancelSignal: signal });
  await execa("chmod", ["-R", "u+rwX,go=rX", target], { stdin: "ignore" });
  await flatten(target);
}

async function fetchTarball(lock: TarballLock, file: string, signal?: AbortSignal): Promise<void> {
  const problems: string[] = [];
  for (const url of lock.urls) {
    // A damaged download is fetched once more from the same place, from its beginning.
    for (const again of [false, true]) {
      signal?.throwIfAborted();
      try {
        await download(url, `${file}.part`, signal);
      } catch (error) {
        signal?.throwIfAborted();
        problems.push(`${url}: ${reason(error)}`);
        break;
      }
      const wrong = await mismatch(`${file}.part`, lock);
      if (wrong === undefined) {
        await rename(`${file}.part`, file);
        return;
      }
      await rm(`${file}.part`);
      if (again) problems.push(`${url}: ${basename(file)} ${wrong}; fetched twice, not used`);
    }
  }
  throw new Error(
    `${lock.name} ${lock.version} could not be fetched as an official release:\n${problems.map((line) => `  ${line}\n`).join("")}` +
      "Set hadoopFrom: maven to take it from the Maven registry instead.",
  );
}

/** Downloads to `part`, going on where an interrupted download ended if the server can. */
async function download(url: string, part: string, signal?: AbortSignal): Promise<void> {
  const have = await stat(part).then(
    (found) => found.size,
    () => 0,
  );
  const stalled = new AbortController();
  const timer = setTimeout(() => {
    stalled.abort(new Error(`no answer within ${PATIENCE / 1000} s`));
  }, PATIENCE);
  try {
    const response = await fetch(url, {
      headers: have > 0 ? { range: `bytes=${have}-` } : {},
      signal: signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal,
    });
    if (response.status === 416) {
      await rm(part);
      throw new Error("the partial download is longer than the file; removed");
    }
    if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}`);
    const alive = new Transform({
      transform(chunk, _encoding, done) {
        timer.refresh();
        done(null, chunk);
      },
    });
    await pipeline(
      Readable.fromWeb(response.body),
      alive,
      createWriteStream(part, { flags: response.status === 206 ? "a" : "w" }),
    );
  } finally {
    clearTimeout(timer);
  }
}

function reason(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}

/** Of the tools' jars only those that have a command; the rest is for clouds' object stores and weighs half a gigabyte. */
const toolJars = /^hadoop-(distcp|streaming|archives|archive-logs|extras|gridmix|rumen|datajoin)-[\d.]+\.jar$/;

async function flatten(target: string): Promise<void> {
  const share = join(target, "share/hadoop");
  const lib = join(target, "lib");
  // The release has native libraries under lib/native; the jars go beside them.
  await mkdir(lib, { recursive: true });
  const folders = ["common", "common/lib", "hdfs", "hdfs/lib", "mapreduce", "yarn", "yarn/lib", "yarn/timelineservice"];
  for (const folder of folders)
    await linkJars(join(share, folder), lib, (name) => !/-(tests|sources)\.jar$/.test(name));
  await linkJars(join(share, "tools/lib"), lib, (name) => toolJars.test(name));
  const web = join(target, "web");
  await mkdir(web);
  await rename(join(share, "hdfs/webapps"), join(web, "webapps"));
}

async function linkJars(from: string, to: string, wanted: (name: string) => boolean): Promise<void> {
  const names = await readdir(from).catch(() => [] as string[]);
  for (const name of names.filter((each) => each.endsWith(".jar") && wanted(each))) {
    await link(join(from, name), join(to, name)).catch((error: unknown) => {
      // The same library lies in several folders of a release.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    });
  }
}
