// Makes the lock files of what Hadoop and Spark need for object stores anew: `node tools/lock/object-stores-lock.ts`. Needs
// Maven, and Spark's artifact in the store, whose jars are not brought twice; takes about a minute.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { artifactId, lockedVersions, lockOf } from "../../artifacts/locks.ts";
import { artifactFolder } from "../../contract/folders.ts";
import { copyDependencies, type Dependency, entries, writeLock } from "./maven.ts";

/** S3A's modules of the AWS SDK: the `bundle` that Hadoop names holds all of Amazon's services. */
const MODULES = ["s3", "s3-transfer-manager", "sts", "apache-client", "netty-nio-client"];

/** Of the connectors for Hadoop 3 the newest whose descriptor is whole; it carries what it needs inside. */
const GCS = "3.0.4";
/** Spark's binding to S3A's committers: the newest there is in the registry, whatever Spark's own version. */
const CLOUD = "4.1.2";

const sdk = (version: string): Dependency[] =>
  MODULES.map((module) => ({ coordinates: `software.amazon.awssdk:${module}:${version}` }));
const alone = (coordinates: string): Dependency => ({ coordinates, alone: true });

/** `group:artifact:version` or a jar's name → the artifact. */
const artifactOf = (name: string): string =>
  name.includes(":") ? (name.split(":")[1] ?? "") : name.replace(/-\d.*$/, "");

function jarsOfHadoop(version: string): string[] {
  const lock = lockOf(artifactId("hadoop", version, "maven"));
  return lock.from === "maven" ? lock.jars.map(({ coordinates }) => coordinates) : [];
}

/** Spark has classes of commons-logging that tell its own log; others would hide them. */
const jarsOfSpark = (version: string): string[] => [
  ...readdirSync(join(artifactFolder(), artifactId("spark", version, "pypi"), "jars")),
  "commons-logging:commons-logging",
];

async function lock(name: string, version: string, wanted: Dependency[], there: string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "muster-lock-"));
  try {
    const known = new Set(there.map(artifactOf));
    const jars = entries(folder, await copyDependencies(folder, wanted));
    writeLock({
      name,
      version,
      jars: jars.filter(({ coordinates }) => !known.has(artifactOf(coordinates))),
      unpack: [],
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Versions of the SDK as Hadoop's own `hadoop-project` names them. */
for (const version of lockedVersions("hadoop", "maven"))
  await lock(
    "s3a-hadoop",
    version,
    [alone(`org.apache.hadoop:hadoop-aws:${version}`), ...sdk("2.29.52")],
    jarsOfHadoop(version),
  );
// Spark 4.3.0 brings Hadoop 3.5.0's clients.
for (const version of lockedVersions("spark", "pypi"))
  await lock(
    "s3a-spark",
    version,
    [
      alone("org.apache.hadoop:hadoop-aws:3.5.0"),
      // Its classes are named by S3A's own, whether it is used or not.
      alone("software.amazon.s3.analyticsaccelerator:analyticsaccelerator-s3:1.3.1"),
      alone(`org.apache.spark:spark-hadoop-cloud_2.13:${CLOUD}`),
      ...sdk("2.35.4"),
    ],
    jarsOfSpark(version),
  );
await lock("gcs-connector", GCS, [alone(`com.google.cloud.bigdataoss:gcs-connector:${GCS}:shaded`)], []);
