import { z } from "zod";
import { dnsName, flag, ipv4, text, wholeNumber } from "../../../plan/config/fields.ts";
import { parseWith } from "../../../plan/config/schema-mistakes.ts";
import { checkKeys } from "../../../plan/config/ssh-keys.ts";
import { suggestion } from "../../../plan/config/nearest.ts";
import { type Mistake, UserMistakes } from "../../../plan/mistake.ts";
import { ENDPOINT_TYPES } from "./credentials.ts";

const name = () => text("allowed: a name or an id");
const POLICIES = ["soft", "hard", "none"] as const;
const OUTSIDE = ["bastions", "all", "none"] as const;

const byPool = <Field extends z.ZodType>(field: Field, what: string) =>
  z.record(dnsName(), field, { error: `allowed: a map from pool to ${what}` });

const image = z.strictObject({
  name: name().optional().describe("Its name; of several with this name the newest. Default: any."),
  properties: z
    .record(z.string(), z.string(), { error: "allowed: a map from property to value" })
    .default({})
    .describe("Properties that it has, e.g. `os_distro: debian`; the newest that has them all. Default none."),
});

/** Schema of what stands beside `name: openstack` in `muster:cloud`. */
export const optionsSchema = z.strictObject({
  cloud: text("allowed: a name in clouds.yaml")
    .optional()
    .describe("Name of the cloud in `clouds.yaml`. Default: `OS_CLOUD`, else the `OS_*` variables."),
  region: text("allowed: a region's name")
    .optional()
    .describe("Region. Default: that of `clouds.yaml` or `OS_REGION_NAME`, else the only one."),
  endpointType: z
    .enum(ENDPOINT_TYPES)
    .optional()
    .describe(
      "Which of the services' addresses are used: public, internal, admin. Default: that of `clouds.yaml`, else public.",
    ),
  externalNetwork: name()
    .optional()
    .describe("Network to the outside: floating IPs, and the router's way out. Default: the only one there is."),
  network: name()
    .optional()
    .describe("Existing network to use; the cluster's `subnet` must be one of its subnets. Default: one is made."),
  router: name().optional().describe("Existing router to plug the cluster's new network into. Default: one is made."),
  resolvers: z
    .array(ipv4(), { error: "allowed: a list of IPv4 addresses" })
    .default([])
    .describe("DNS resolvers of the new subnet, for clusters without `resolvers` of their own. Default: the cloud's."),
  securityGroups: z
    .array(name(), { error: "allowed: a list of names" })
    .default([])
    .describe("Existing security groups that every machine gets as well. Default none."),
  image: z
    .union([name(), image], { error: "allowed: an image's name or id, or fields (name, properties)" })
    .describe(
      "Image of new machines, with cloud-init: its name or id, or the fields below. Default: there is none, name one.",
    ),
  bake: z
    .strictObject({
      network: name()
        .optional()
        .describe("Existing network of that server, with a way to packages. Default: `network`, where one is named."),
      flavor: name()
        .optional()
        .describe(
          "Flavor of that server, whose disk machines must have at least. Default: `flavor`, else the one with the smallest disk.",
        ),
      securityGroups: z
        .array(name(), { error: "allowed: a list of names" })
        .default([])
        .describe("Existing security groups of that server, which let SSH in from here. Default: `securityGroups`."),
      floatingIp: flag().default(true).describe("Whether it is reached by a floating IP of its own. Default true."),
      loginUser: text("allowed: a user's name").default("debian").describe("The image's own user. Default debian."),
    })
    .prefault({})
    .describe("The server in which Packer bakes an image, for clusters with `image: baked`. Default: as below."),
  flavor: name()
    .optional()
    .describe("Flavor of all machines. Default: for each pool the smallest that has its memory and CPUs."),
  flavors: byPool(name(), "flavor").default({}).describe("Flavors by pool, instead of `flavor`. Default none."),
  keyPair: text("allowed: the name of a key pair")
    .optional()
    .describe("Existing key pair for the image's own user, a second way in beside certificates. Default none."),
  publicKey: text("allowed: a public key")
    .optional()
    .describe("Public key of which a key pair is made, instead of `keyPair`. Default none."),
  zones: z
    .array(text("allowed: a zone's name"), { error: "allowed: a list of zones" })
    .default([])
    .describe("Availability zones; each pool's machines are spread over them in turn. Default: the cloud chooses."),
  antiAffinity: z
    .union([z.enum(POLICIES), byPool(z.enum(POLICIES), "soft, hard or none")], {
      error: `allowed: ${POLICIES.join(", ")}, or a map from pool to one of these`,
    })
    .default("soft")
    .describe(
      "Whether machines of a pool go to different physical hosts: soft (where it can be), hard, none; also by pool. Default soft.",
    ),
  rootVolume: z
    .strictObject({
      size: wholeNumber(1, 65536).describe("Size in GiB."),
      type: text("allowed: a volume type").optional().describe("Volume type. Default: the cloud's."),
    })
    .optional()
    .describe("Boot from a volume that goes with its machine. Default: the flavor's own disk."),
  dataVolumes: z
    .union(
      [
        flag(),
        z.strictObject({
          type: text("allowed: a volume type").optional().describe("Volume type. Default: the cloud's."),
          zone: text("allowed: a zone's name")
            .optional()
            .describe("Availability zone of volumes. Default: the cloud's."),
        }),
      ],
      { error: "allowed: true, false, or fields (type, zone)" },
    )
    .default(true)
    .describe(
      "A volume for each machine that stores data, which outlives the machine; with `false` its root disk, which does not. Default true.",
    ),
  floatingIps: z
    .union(
      [
        z.literal("none"),
        byPool(
          z.union([z.enum(OUTSIDE), z.array(ipv4()).min(1)], {
            error: `allowed: ${OUTSIDE.join(", ")}, or a list of addresses`,
          }),
          "policy",
        ),
      ],
      { error: "allowed: none, or a map from pool to bastions, all, none or a list of addresses" },
    )
    .default({})
    .describe(
      "By pool: `bastions` (its first two machines), `all`, `none`, or your own reserved addresses in order; `none` for the whole cluster. Default: the bastions, which are the first two masters or the only one.",
    ),
  configDrive: flag().default(true).describe("Hand the user data over by a config drive too. Default true."),
  createTimeout: wholeNumber(1, 120).default(15).describe("Minutes that a machine may take to be created. Default 15."),
});

/** Options of the cloud, checked and complete. */
export type OpenStackOptions = z.output<typeof optionsSchema>;
/** Options as a person writes them. */
export type OpenStackOptionsInput = z.input<typeof optionsSchema>;

/**
 * Reads the cloud's own options.
 * @throws UserMistakes with every mistake in them
 */
export function readOptions(raw: unknown, path = "muster:cloud"): OpenStackOptions {
  const { value, mistakes } = parseWith<OpenStackOptions>(optionsSchema, raw, path);
  const found: Mistake[] = value === undefined ? mistakes : contradictions(value, path);
  if (found.length > 0 || value === undefined) throw new UserMistakes(found);
  return value;
}

function contradictions(options: OpenStackOptions, path: string): Mistake[] {
  const mistakes: Mistake[] = [];
  const refuse = (field: string, found: string, allowed: string): void =>
    void mistakes.push({ path: `${path}.${field}`, found, allowed });
  if (options.network !== undefined && options.router !== undefined) {
    refuse(
      "router",
      JSON.stringify(options.router),
      "an existing network has its router already: leave one of them out",
    );
  }
  if (options.keyPair !== undefined && options.publicKey !== undefined) {
    refuse("publicKey", "beside keyPair", "leave one of them out");
  }
  if (options.publicKey !== undefined) {
    for (const key of checkKeys(options.publicKey))
      if ("fault" in key) refuse("publicKey", key.fault.found, key.fault.allowed);
  }
  return mistakes;
}

/** What is said of pools that are not there. */
export function poolMistakes(options: OpenStackOptions, pools: readonly string[]): Mistake[] {
  const { flavors, antiAffinity, floatingIps } = options;
  return Object.entries({ flavors, antiAffinity, floatingIps }).flatMap(([field, byPool]) =>
    Object.keys(typeof byPool === "string" ? {} : byPool)
      .filter((pool) => !pools.includes(pool))
      .map((pool) => ({
        path: `muster:cloud.${field}.${pool}`,
        found: "no pool of that name",
        allowed: suggestion(pool, pools),
      })),
  );
}

const bakingSchema = optionsSchema
  .pick({ cloud: true, region: true, endpointType: true, externalNetwork: true, network: true })
  .extend(optionsSchema.pick({ image: true, flavor: true, securityGroups: true, bake: true }).shape)
  .strip();

/** Only what the baking of an image depends on. */
export const bakingOptions = (options: OpenStackOptions): Record<string, unknown> => bakingSchema.parse(options);

/** Only what says which cloud it is, whatever else is wrong: for whoever looks and makes nothing. */
export const readAccess = (raw: unknown): Pick<OpenStackOptions, "cloud" | "region" | "endpointType"> =>
  parseWith(optionsSchema.pick({ cloud: true, region: true, endpointType: true }).strip(), raw, "muster:cloud").value ??
  {};
