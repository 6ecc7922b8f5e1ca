import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";

/** `group:artifact:version[:classifier]`; `alone`: without what it depends on. */
export interface Dependency {
  coordinates: string;
  alone?: boolean;
}

const ALONE = "<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>";

function dependency({ coordinates, alone = false }: Dependency): string {
  const [group, artifact, version, classifier] = coordinates.split(":");
  const kind = classifier === undefined ? "" : `<classifier>${classifier}</classifier>`;
  return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>${kind}${alone ? ALONE : ""}</dependency>`;
}

/** Fetches jars, and those that they need at run time, with Maven; their paths below `jars/` in the folder. */
export async function copyDependencies(folder: string, dependencies: readonly Dependency[]): Promise<string[]> {
  const project = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>muster</groupId><artifactId>layout</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${dependencies.map(dependency).join("")}</dependencies></project>`;
  writeFileSync(join(folder, "pom.xml"), project);
  const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies";
  const flags = ["-DincludeScope=runtime", "-DoutputDirectory=jars", "-Dmdep.useRepositoryLayout=true"];
  await execa("mvn", ["-B", "-q", `-Dmaven.repo.local=${folder}/repository`, goal, ...flags], {
    cwd: folder,
    stdio: "inherit",
  });
  return readdirSync(join(folder, "jars"), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith(".jar"));
}

/** `org/slf4j/slf4j-api/1.7.36/slf4j-api-1.7.36.jar` → its entry in the lock. */
export function entry(folder: string, path: string) {
  const parts = path.split("/");
  const [version, artifact] = [parts.at(-2) ?? "", parts.at(-3) ?? ""];
  const classifier = (parts.at(-1) ?? "").slice(artifact.length + version.length + 1, -".jar".length).replace(/^-/, "");
  const coordinates = [parts.slice(0, -3).join("."), artifact, version, classifier].filter(Boolean).join(":");
  const bytes = readFileSync(join(folder, "jars", path));
  const hash = (algorithm: string) => createHash(algorithm).update(bytes).digest("hex");
  return { coordinates, size: bytes.length, sha256: hash("sha256"), sha512: hash("sha512") };
}

/** Entries of jars, in order. */
export const entries = (folder: string, paths: readonly string[]) =>
  paths.map((path) => entry(folder, path)).sort((a, b) => (a.coordinates < b.coordinates ? -1 : 1));

interface Lock {
  name: string;
  version: string;
  jars: ReturnType<typeof entries>;
  unpack: readonly object[];
}

/** Writes a lock file into artifacts/, and says how much it stands for. */
export function writeLock({ name, version, jars, unpack }: Lock): void {
  const target = join(import.meta.dirname, "../../artifacts", `${name}-${version}-maven.lock.json`);
  writeFileSync(target, `${JSON.stringify({ name, version, from: "maven", jars, unpack }, null, 1)}\n`);
  console.log(`${target}: ${jars.length} jars, ${jars.reduce((sum, each) => sum + each.size, 0)} bytes`);
}
