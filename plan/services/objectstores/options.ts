import { z } from "zod";
import { flag, text } from "../../config/fields.ts";
import { properties, type Properties } from "../hadoop/properties.ts";

const BUCKET = "allowed: a bucket's name: 3 to 63 of a–z, 0–9, inner dots and dashes";
const ENDPOINT = "allowed: http:// or https://, a host, and a port where it is not the usual one: nothing after that";
const CREDENTIALS = "needed: a name in muster:credentials, instance (the machine's own role) or none (a public bucket)";

const bucket = z.strictObject({
  bucket: text(BUCKET)
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, { error: BUCKET })
    .describe("Its name, which is the host in s3a://NAME/ or gs://NAME/."),
  kind: z
    .enum(["s3", "gcs"], { error: "allowed: s3, gcs" })
    .optional()
    .describe("s3 (Amazon's, or any server of its protocol) or gcs (Google's). Default s3."),
  credentials: text(CREDENTIALS)
    .regex(/^[a-z][a-z0-9-]*$/, { error: CREDENTIALS })
    .describe("By which it is read and written: a name in `muster:credentials`, `instance` or `none`."),
  endpoint: text(ENDPOINT)
    .regex(/^https?:\/\/[A-Za-z0-9.-]+(:\d{1,5})?\/?$/, { error: ENDPOINT })
    .optional()
    .describe("Where it answers, e.g. https://s3.example.org:9000. Default: Amazon's or Google's own."),
  region: text("allowed: a region's name")
    .regex(/^[a-z0-9-]+$/, { error: "allowed: a region's name" })
    .optional()
    .describe("Its region; s3 only. Default us-east-1."),
  pathStyle: flag()
    .optional()
    .describe("Whether its name is in the path, not in the host; s3 only. Default: with an endpoint true."),
  allowHttp: flag().optional().describe("Allows credentials with an endpoint without TLS. Default false."),
  readOnly: flag().optional().describe("Whether checks only list it. Default: true where credentials are none."),
  properties: properties
    .optional()
    .describe("More of its settings, without `fs.s3a.bucket.NAME.` or `fs.gs.`, e.g. `connection.maximum: 50`."),
});

export const objectStoreOptions = z.strictObject({
  buckets: z
    .array(bucket, { error: "allowed: a list of buckets" })
    .min(1, { error: "needed: at least one bucket" })
    .describe("The buckets, each with the fields below."),
  committer: z
    .enum(["magic", "directory", "file"], { error: "allowed: magic, directory, file" })
    .default("magic")
    .describe("How jobs commit to s3a://: S3A's magic or directory committer, or file, by renaming. Default magic."),
});

export type ObjectStoreOptions = z.output<typeof objectStoreOptions>;

/** A bucket with what it has unless told otherwise. */
export interface Bucket extends Omit<ObjectStoreOptions["buckets"][number], "kind" | "properties"> {
  kind: "s3" | "gcs";
  properties: Properties;
}

export const bucketsOf = ({ buckets }: Pick<ObjectStoreOptions, "buckets">): Bucket[] =>
  buckets.map(({ kind = "s3", properties: own = {}, ...bucket }) => ({ ...bucket, kind, properties: own }));

/** The options of a cluster that has the service. */
export const storesIn = (optionsOf: (service: string) => Record<string, unknown> | undefined) =>
  optionsOf("objectStores") as ObjectStoreOptions | undefined;

/** Whether its credentials are a user's secret. */
export const isNamed = ({ credentials }: Bucket): boolean => credentials !== "instance" && credentials !== "none";

/** The bucket as programs name it. */
export const urlOf = ({ bucket: name, kind }: Bucket): string => `${kind === "s3" ? "s3a" : "gs"}://${name}`;
