import { lockedVersions } from "../../../artifacts/locks.ts";
import type { Mistake } from "../../mistake.ts";
import type { ServiceContext } from "../../service.ts";
import { type Bucket, bucketsOf, type ObjectStoreOptions, urlOf } from "./options.ts";
import { storeProperties } from "./properties.ts";

const SERVICE = "services.objectStores";

/** Settings that hold secrets: jobs carry them about, and stacks' files are no place for them. */
const SECRET = /(^|\.)(access\.key|secret\.key|session\.token|encryption\.key|.*(password|secret|private).*)$/;

/** What cannot work; paths relative to the cluster. */
export function storeMistakes(context: ServiceContext<ObjectStoreOptions>): Mistake[] {
  const { options, optionsOf, spec } = context;
  const mistakes = bucketsOf(options).flatMap((bucket, at, buckets) =>
    bucketMistakes(bucket, at, buckets, options.committer),
  );
  if (optionsOf("hdfs") === undefined && optionsOf("spark") === undefined)
    mistakes.push({
      path: SERVICE,
      found: "on, without hdfs and spark",
      allowed: "needs one of them, whose programs read it",
    });
  const known = lockedVersions("s3a-hadoop", "maven");
  if (optionsOf("hdfs") !== undefined && !known.includes(spec.versions.hadoop))
    mistakes.push({
      path: "versions.hadoop",
      found: spec.versions.hadoop,
      allowed: `allowed with object stores: ${known.join(", ")}`,
    });
  return mistakes;
}

function bucketMistakes(
  bucket: Bucket,
  at: number,
  buckets: readonly Bucket[],
  committer: ObjectStoreOptions["committer"],
): Mistake[] {
  const mistakes: Mistake[] = [];
  const refuse = (field: string, found: string, allowed: string) =>
    mistakes.push({ path: `${SERVICE}.buckets[${at}]${field}`, found, allowed });
  const before = buckets.slice(0, at);
  if (before.some((other) => urlOf(other) === urlOf(bucket)))
    refuse(".bucket", JSON.stringify(bucket.bucket), "named twice; once is enough");
  if (bucket.endpoint?.startsWith("http:") === true && bucket.credentials !== "none" && bucket.allowHttp !== true)
    refuse(
      ".endpoint",
      bucket.endpoint,
      "with credentials: https, or allowHttp: true where the way to it is safe: what is read and written crosses it in the clear",
    );
  if (bucket.kind === "gcs") {
    for (const field of ["region", "pathStyle"] as const)
      if (bucket[field] !== undefined) refuse(`.${field}`, String(bucket[field]), "of kind s3 only: leave it out");
    const other = before.find(({ kind }) => kind === "gcs");
    if (other !== undefined && googleSide(other) !== googleSide(bucket))
      refuse(
        "",
        bucket.bucket,
        `credentials, endpoint and properties as of ${other.bucket}: Google's connector has one of each`,
      );
  }
  const managed = storeProperties({ buckets: [{ ...bucket, properties: {} }], committer });
  const prefix = bucket.kind === "s3" ? `fs.s3a.bucket.${bucket.bucket}.` : "fs.gs.";
  for (const [name, value] of Object.entries(bucket.properties)) {
    const path = `.properties["${name}"]`;
    if (SECRET.test(name)) refuse(path, "a secret", "no secrets here: see credentials");
    else if (`${prefix}${name}` in managed || name.startsWith("auth.") || name.endsWith("credentials.provider"))
      refuse(path, JSON.stringify(value), "any property but this one: it is set for you (see the bucket's options)");
  }
  if (bucket.credentials === "none" && bucket.allowHttp === true)
    refuse(".allowHttp", "true", "only with credentials: leave it out");
  return mistakes;
}

const googleSide = ({ credentials, endpoint, properties }: Bucket): string =>
  JSON.stringify([credentials, endpoint, Object.entries(properties).sort()]);
