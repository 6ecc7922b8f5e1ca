import { artifactId } from "../../../artifacts/locks.ts";
import type { Check, JobArtifact } from "../../../contract/job.ts";
import type { NodePlan } from "../../cluster-plan.ts";
import type { NeededCredentials } from "../../credentials.ts";
import type { ServiceContext, ServiceDefinition } from "../../service.ts";
import { bucketsOf, isNamed, objectStoreOptions, type ObjectStoreOptions, urlOf } from "./options.ts";
import { storeProperties } from "./properties.ts";
import { storeMistakes } from "./refusals.ts";

type Context = ServiceContext<ObjectStoreOptions>;

const GCS_CONNECTOR = "3.0.4";

/** Daemons whose processes run people's jobs, and their units: they read the credentials. */
const RUNNERS = { nodemanager: "yarn-nodemanager", sparkworker: "spark-worker" } as const;

/** Seconds for one bucket: a Java of a busy small host takes ten to start and to end. */
const BUCKET_SECONDS = 60;

/** Buckets of S3 and Google's store, for Hadoop's commands and jobs and for Spark's. */
export const objectStores: ServiceDefinition<ObjectStoreOptions> = {
  name: "objectStores",
  description: "Buckets of S3 and Google Cloud Storage, for Hadoop and Spark",
  options: objectStoreOptions,
  daemons: {},
  requires: [],
  roles: ["objectstores"],
  toolsOn: "all",
  managesMembers: [],
  artifacts: storeArtifacts,
  refuse: storeMistakes,
  credentials: ({ options }) =>
    bucketsOf(options).flatMap((bucket, at): NeededCredentials[] => {
      const path = `services.objectStores.buckets[${at}].credentials`;
      return isNamed(bucket) ? [{ name: bucket.credentials, kind: bucket.kind, path }] : [];
    }),
  settings,
  endpoints: ({ options }) => ({ "object-stores": bucketsOf(options).map(urlOf).join(" ") }),
  checks,
};

const has = (context: Context, kind: "s3" | "gcs"): boolean =>
  bucketsOf(context.options).some((bucket) => bucket.kind === kind);

/** Hadoop and Spark bring clients of different versions: each gets what goes with its own. */
function storeArtifacts(context: Context): JobArtifact[] {
  const { hadoop } = context.spec.versions;
  const { version } = (context.optionsOf("spark") ?? {}) as { version?: string };
  const s3 = has(context, "s3");
  return [
    ...(s3 && context.optionsOf("hdfs") !== undefined
      ? [{ name: "s3a-hadoop", id: artifactId("s3a-hadoop", hadoop, "maven") }]
      : []),
    ...(s3 && version !== undefined ? [{ name: "s3a-spark", id: artifactId("s3a-spark", version, "maven") }] : []),
    ...(has(context, "gcs")
      ? [{ name: "gcs-connector", id: artifactId("gcs-connector", GCS_CONNECTOR, "maven") }]
      : []),
  ];
}

function settings(context: Context, node: NodePlan): Record<string, unknown> {
  const { options, spec } = context;
  const all = bucketsOf(options);
  const named = all.filter(isNamed);
  const credentials = (wanted: "s3" | "gcs"): string[] =>
    [...new Set(named.filter(({ kind }) => kind === wanted).map((bucket) => bucket.credentials))].sort();
  return {
    site: storeProperties(options),
    // Without HDFS nobody else writes core-site.xml.
    hadoop: context.optionsOf("hdfs") !== undefined,
    spark: context.optionsOf("spark") !== undefined,
    credentials: { s3: credentials("s3"), gcs: credentials("gcs") },
    units: Object.entries(RUNNERS).flatMap(([daemon, unit]) => (node.daemons.includes(daemon) ? [unit] : [])),
    users: [spec.loginUser, ...spec.users.map((user) => user.name)].sort(),
    buckets: all.map((bucket) => ({
      url: urlOf(bucket),
      endpoint: bucket.endpoint ?? (bucket.kind === "s3" ? "Amazon S3" : "Google Cloud Storage"),
      credentials: bucket.credentials,
      readOnly: bucket.readOnly ?? bucket.credentials === "none",
    })),
  };
}

/** Written where people are, read on a node that runs jobs. */
function checks(context: Context): Check[] {
  const names = (nodes: readonly NodePlan[]) => nodes.map((node) => node.name);
  const runners = names(Object.keys(RUNNERS).flatMap((daemon) => [...context.nodesWith(daemon)]));
  const clients = context.nodesOf("client");
  const people = names(clients.length > 0 ? clients : context.nodesOf("master"));
  const all = names(context.nodes);
  const here = people.length > 0 ? people : all;
  const there = (runners.length > 0 ? runners : all).toSorted(
    (one, other) => Number(here.includes(one)) - Number(here.includes(other)),
  );
  const write: Check = {
    name: "object stores: write here",
    service: "objectStores",
    on: here,
    mode: "any",
    run: ["objectstores/write"],
    timeoutSeconds: BUCKET_SECONDS * (1 + context.options.buckets.length),
    required: true,
  };
  const read: Check = {
    ...write,
    name: "object stores: read there",
    on: there,
    run: ["objectstores/read"],
    after: [write.name],
  };
  return [write, read];
}
