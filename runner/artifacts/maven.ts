import { constants } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { jarName, type MavenLock } from "../../artifacts/locks.ts";
import { execa } from "execa";
import { type Expected, mismatch } from "./digest.ts";

/** Goal that copies what a project depends on; pinned because its name is its only contract. */
const COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies";

type LockedJar = Expected & { coordinates: string };

/**
 * Lays the jars of a Maven lock out in `target`: `lib/` and what the lock wants unpacked. Maven fetches them, because its
 * own settings know the registry and the proxies; its repository lies in `cache`, so nothing is fetched twice.
 */
export async function layMaven(lock: MavenLock, cache: string, target: string, signal?: AbortSignal): Promise<void> {
  const repository = join(cache, "repository");
  const jars = [...lock.jars, ...lock.unpack];
  await mkdir(repository, { recursive: true });
  await fetchDamaged(jars, cache, repository, signal);
  const lib = join(target, "lib");
  await mkdir(lib, { recursive: true, mode: 0o755 });
  for (const jar of lock.jars) {
    const to = join(lib, jarName(jar.coordinates));
    await copyFile(inRepository(repository, jar.coordinates), to, constants.COPYFILE_FICLONE);
    await chmod(to, 0o644);
  }
  for (const part of lock.unpack) {
    await unpackJar(inRepository(repository, part.coordinates), part.prefix, join(target, part.to), signal);
  }
}

/** Fetches what is missing or not as locked; what comes truncated or stale once more, from nothing. */
async function fetchDamaged(jars: LockedJar[], cache: string, repository: string, signal?: AbortSignal): Promise<void> {
  let damaged = await damagedJars(jars, repository);
  for (let round = 0; damaged.length > 0 && round < 2; round += 1) {
    // Maven believes what it finds in its repository.
    for (const { jar } of damaged)
      await rm(join(inRepository(repository, jar.coordinates), ".."), { recursive: true, force: true });
    await runMaven(jars, cache, repository, signal);
    damaged = await damagedJars(jars, repository);
  }
  if (damaged.length === 0) return;
  const lines = damaged.slice(0, 5).map(({ jar, why }) => `  ${jar.coordinates} ${why}`);
  throw new Error(
    `${damaged.length} files from the Maven registry are not what the lock file says, although fetched twice; none was used:\n` +
      `${lines.join("\n")}\nCheck the registry or mirror that Maven is set up to use.`,
  );
}

async function damagedJars(jars: LockedJar[], repository: string): Promise<{ jar: LockedJar; why: string }[]> {
  const found: { jar: LockedJar; why: string }[] = [];
  for (const jar of jars) {
    const why = await mismatch(inRepository(repository, jar.coordinates), jar);
    if (why !== undefined) found.push({ jar, why });
  }
  return found;
}

/** Where Maven keeps a jar in its local repository. */
function inRepository(repository: string, coordinates: string): string {
  const [group = "", artifact = "", version = ""] = coordinates.split(":");
  return join(repository, ...group.split("."), artifact, version, jarName(coordinates));
}

async function runMaven(jars: LockedJar[], cache: string, repository: string, signal?: AbortSignal): Promise<void> {
  const folder = await mkdtemp(join(cache, "project-"));
  try {
    await writeFile(join(folder, "pom.xml"), project(jars));
    const flags = [
      "-B",
      "-q",
      "-e",
      `-Dmaven.repo.local=${repository}`,
      "-Dmaven.artifact.threads=8",
      "-DincludeScope=runtime",
    ];
    // The copies land beside the project and go with it; what counts is Maven's repository.
    await execa("mvn", [...flags, `-DoutputDirectory=${join(folder, "jars")}`, COPY], {
      cwd: folder,
      stdin: "ignore",
      all: true,
      cancelSignal: signal,
      forceKillAfterDelay: 5000,
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw explain(error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function explain(error: unknown): Error {
  const { code, all } = error as { code?: string; all?: string };
  if (code === "ENOENT")
    return new Error("Maven (mvn) is not installed; Hadoop's files are fetched with it: install the package `maven`.");
  const reasons = (all ?? String(error)).split("\n").filter((line) => line.startsWith("[ERROR]"));
  return new Error(`Maven could not fetch Hadoop's files:\n${reasons.slice(0, 5).join("\n").slice(0, 2000)}`, {
    cause: error,
  });
}

/** A project that depends on exactly these jars: nothing of what they would bring along. */
function project(jars: LockedJar[]): string {
  const dependencies = jars.map(({ coordinates }) => {
    const [group, artifact, version, classifier] = coordinates.split(":");
    return (
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>` +
      (classifier ? `<classifier>${classifier}</classifier>` : "") +
      "<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>"
    );
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>muster</groupId><artifactId>layout</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
${dependencies.join("\n")}
</dependencies></project>
`;
}

/** Unpacks what lies below `prefix` in a jar, without the prefix. Python's zip reader: it refuses paths that lead outside. */
async function unpackJar(jar: string, prefix: string, target: string, signal?: AbortSignal): Promise<void> {
  const program = [
    "import sys, zipfile",
    "jar, prefix, target = sys.argv[1:]",
    "with zipfile.ZipFile(jar) as archive:",
    "    for entry in archive.infolist():",
    "        if entry.filename.startswith(prefix) and len(entry.filename) > len(prefix):",
    "            entry.filename = entry.filename[len(prefix):]",
    "            archive.extract(entry, target)",
  ].join("\n");
  await execa("python3", ["-I", "-c", program, jar, prefix, target], { stdin: "ignore", cancelSignal: signal }).catch(
    (error: unknown) => {
      signal?.throwIfAborted();
      throw new Error(`${basename(jar)} could not be unpacked with python3`, { cause: error });
    },
  );
}
