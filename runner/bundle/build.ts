import { randomUUID } from "node:crypto";
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzipSync } from "node:zlib";
import { execa } from "execa";
import { bundleHash, bundleSources } from "../../contract/bundle-sources.ts";
import { cacheFolder } from "../../contract/folders.ts";
import { limitCache } from "./cache-limits.ts";
import { readKit } from "./kit.ts";
import { findPython } from "../wheels/python.ts";
import { unpackWheels } from "../wheels/unpack.ts";
import { ensureWheels } from "../wheels/wheels.ts";

const stepMs = 5 * 60_000;
const mostBytes = 256 * 1024 * 1024;

export interface Bundle {
  /** {@link bundleHash} of what it was built from: its name on nodes, not the archive's own hash. */
  sha: string;
  /** A `tar.gz` with `kit/ roles/ bin/ lib/`. */
  path: string;
}

/** The bundle of this checkout; built once and kept in the cache. Any number may build at once. */
export async function buildBundle(): Promise<Bundle> {
  const sha = bundleHash();
  const folder = join(cacheFolder(), "bundles");
  const path = join(folder, `${sha}.tar.gz`);
  if (await isWhole(path)) {
    // Its time tells when it was last used. Who may not change it may not remove others, either.
    const now = new Date();
    await utimes(path, now, now).catch(() => undefined);
    return { sha, path };
  }
  const draft = join(folder, `.new-${randomUUID()}`);
  try {
    await mkdir(join(draft, "content"), { recursive: true });
    await unpackKit(join(draft, "content", "kit"));
    await copySources(join(draft, "content"));
    await pack(join(draft, "content"), join(draft, "bundle.tar.gz"));
    // Files that changed while they were copied would stand under the hash of what they were.
    if (bundleHash() !== sha) throw new Error("roles changed while the bundle was built; run it again");
    await rename(join(draft, "bundle.tar.gz"), path);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  await limitCache();
  return { sha, path };
}

/** By the parser that would read them. */
const WRITE_AS_JSON = `
import json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, "")
import yaml
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        content = yaml.safe_load(file)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(content, file)
`;

async function unpackKit(folder: string): Promise<void> {
  const kit = readKit();
  const wheels = await ensureWheels({ ...kit, purpose: "the nodes' Ansible" }, join(cacheFolder(), "wheels"));
  const python = await findPython();
  await unpackWheels(wheels, folder);
  await Promise.all(kit.drop.map((path) => rm(join(folder, path), { recursive: true, force: true })));
  await Promise.all(Object.entries(kit.replace).map(([path, content]) => writeFile(join(folder, path), content)));
  await execa(python, ["-c", WRITE_AS_JSON, ...kit.json], { cwd: folder, timeout: stepMs, stdin: "ignore" });
  // Compiled parts fit one platform; PyYAML and MarkupSafe do without them.
  const compiled = (await readdir(folder, { recursive: true })).filter((path) => path.endsWith(".so"));
  await Promise.all(compiled.map((path) => rm(join(folder, path))));
}

async function copySources(folder: string): Promise<void> {
  for (const { path, file, executable } of bundleSources()) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(file, target);
    await chmod(target, executable ? 0o755 : 0o644);
  }
}

/** The same content gives the same bytes: nothing of this machine, this user or this moment goes in. */
async function pack(content: string, target: string): Promise<void> {
  const owner = ["--owner=0", "--group=0", "--numeric-owner", "--mode=u+rwX,go+rX,go-w"];
  const create = ["--create", "--format=ustar", "--sort=name", "--mtime=@0", ...owner, "--directory", content, "."];
  const options = { timeout: stepMs, stdin: "ignore", encoding: "buffer", maxBuffer: mostBytes } as const;
  const { stdout } = await execa("tar", create, options);
  await writeFile(target, gzipSync(stdout, { level: 9 }), { mode: 0o644 });
}

/** Whether an archive is there and is what was once packed: it ends with its length and a checksum. */
async function isWhole(path: string): Promise<boolean> {
  try {
    await promisify(gunzip)(await readFile(path), { maxOutputLength: mostBytes });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code?.startsWith("Z_") || code === "ERR_BUFFER_TOO_LARGE") return false;
    throw error;
  }
}
