import type { Properties } from "../hadoop/properties.ts";
import { type Bucket, bucketsOf, isNamed, type ObjectStoreOptions } from "./options.ts";

/** On the nodes: credentials of S3 in the form of AWS's own tools, a profile a name; a key of Google's in its own. */
export const CREDENTIALS_FILES = { s3: "/etc/muster/objectstores/s3", gcs: "/etc/muster/objectstores/gcs.json" };

/** Jars of the stores' clients, as Hadoop and Spark find them on every node. */
export const STORE_JARS = { hadoop: "/opt/objectstores/hadoop/*", spark: "/opt/objectstores/spark/*" };

/** core-site.xml's part: every bucket with what is its own. Holds no secret: jobs carry it about. */
export function storeProperties(options: ObjectStoreOptions): Properties {
  const { committer } = options;
  const buckets = bucketsOf(options);
  const s3 = buckets.filter(({ kind }) => kind === "s3");
  const gcs = buckets.filter(({ kind }) => kind === "gcs");
  return Object.assign(
    {},
    ...s3.map((bucket) => bucketProperties(bucket, committer)),
    s3.length === 0 ? {} : committerProperties(committer),
    ...gcs.map(googleProperties),
  ) as Properties;
}

function bucketProperties(bucket: Bucket, committer: ObjectStoreOptions["committer"]): Properties {
  const { endpoint, region = "us-east-1", pathStyle = endpoint !== undefined } = bucket;
  const settings: Properties = {
    ...bucket.properties,
    ...(endpoint === undefined ? {} : { endpoint, "connection.ssl.enabled": String(endpoint.startsWith("https:")) }),
    "endpoint.region": region,
    "path.style.access": String(pathStyle),
    ...credentialsProperties(bucket),
    ...(committer === "magic" ? { "committer.magic.enabled": "true" } : {}),
  };
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [`fs.s3a.bucket.${bucket.bucket}.${name}`, value]),
  );
}

function credentialsProperties(bucket: Bucket): Properties {
  const provider = "aws.credentials.provider";
  if (isNamed(bucket))
    return {
      [provider]: "org.apache.hadoop.fs.s3a.auth.ProfileAWSCredentialsProvider",
      "auth.profile.file": CREDENTIALS_FILES.s3,
      "auth.profile.name": bucket.credentials,
    };
  return {
    [provider]:
      bucket.credentials === "instance"
        ? "org.apache.hadoop.fs.s3a.auth.IAMInstanceCredentialsProvider"
        : "org.apache.hadoop.fs.s3a.AnonymousAWSCredentialsProvider",
  };
}

/** A rename in an object store is a copy of everything: S3A's committers finish uploads instead. */
const committerProperties = (committer: ObjectStoreOptions["committer"]): Properties =>
  committer === "file"
    ? {}
    : {
        "fs.s3a.committer.name": committer,
        "mapreduce.outputcommitter.factory.scheme.s3a": "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory",
      };

/** The connector knows no settings of single buckets. */
function googleProperties(bucket: Bucket): Properties {
  const { endpoint, credentials, properties } = bucket;
  const settings: Properties = {
    ...properties,
    impl: "com.google.cloud.hadoop.fs.gcs.GoogleHadoopFileSystem",
    ...(endpoint === undefined ? {} : { "storage.root.url": `${endpoint.replace(/\/$/, "")}/` }),
    ...(isNamed(bucket)
      ? {
          "auth.type": "SERVICE_ACCOUNT_JSON_KEYFILE",
          "auth.service.account.json.keyfile": CREDENTIALS_FILES.gcs,
        }
      : { "auth.type": credentials === "instance" ? "COMPUTE_ENGINE" : "UNAUTHENTICATED" }),
  };
  return {
    "fs.AbstractFileSystem.gs.impl": "com.google.cloud.hadoop.fs.gcs.GoogleHadoopFS",
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [`fs.gs.${name}`, value])),
  };
}

/** What Spark needs of it. `own`: what the user set, of which class paths are kept. */
export function sparkStoreProperties(options: ObjectStoreOptions | undefined, own: Properties): Properties {
  if (options === undefined) return {};
  const extended = (name: string): Properties => ({ [name]: [own[name], STORE_JARS.spark].filter(Boolean).join(":") });
  const commits = options.committer !== "file" && bucketsOf(options).some(({ kind }) => kind === "s3");
  return {
    ...extended("spark.driver.extraClassPath"),
    ...extended("spark.executor.extraClassPath"),
    ...(commits
      ? {
          "spark.sql.sources.commitProtocolClass": "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol",
          "spark.sql.parquet.output.committer.class":
            "org.apache.spark.internal.io.cloud.BindingParquetOutputCommitter",
        }
      : {}),
  };
}
