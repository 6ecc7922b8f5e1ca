import { z } from "zod";
import { kindNames, KINDS } from "../kinds.ts";
import type { ServiceRegistry } from "../service.ts";
import { services as allServices } from "../services/index.ts";
import {
  cidr,
  disk,
  dnsName,
  flag,
  imageName,
  ipv4,
  memory,
  MOST_NODES,
  share,
  text,
  userName,
  wholeNumber,
} from "./fields.ts";
import { expectation } from "./expectation-schema.ts";
import { opened } from "./opened-schema.ts";
import { step } from "./step-schema.ts";

/** Role tags a pool may carry. */
export const ROLE_TAGS = ["master", "worker", "client", "storage", "monitor"] as const;

/** Host sizes by word; `memory`, `cpus` and `disk` beside it win. Memory in MiB, disk in GiB. */
export const SIZES = {
  small: { memory: 1024, cpus: 1, disk: 10 },
  medium: { memory: 4096, cpus: 2, disk: 50 },
  large: { memory: 16384, cpus: 4, disk: 200 },
} as const;

const sizeNames = Object.keys(SIZES) as (keyof typeof SIZES)[];

const pool = z.strictObject({
  count: wholeNumber(1, MOST_NODES).default(1).describe("Nodes, numbered from 1. Default 1."),
  roles: z
    .array(z.enum(ROLE_TAGS), { error: "allowed: a list of role tags" })
    .min(1, { error: "allowed: at least one role tag" })
    .optional()
    .describe(
      `Role tags: ${ROLE_TAGS.join(", ")}. Default: the pool's own name, if it is one of these; plain pools need none.`,
    ),
  size: z
    .enum(sizeNames)
    .optional()
    .describe("Host size: small (1 GiB, 1 CPU, 10 GiB disk), medium (4, 2, 50) or large (16, 4, 200). Default small."),
  memory: memory().optional().describe('Memory of each host, e.g. "2 GiB". Default: the size\'s.'),
  cpus: wholeNumber(1, 512).optional().describe("CPUs of each host. Default: the size's."),
  disk: disk()
    .optional()
    .describe(
      'Data volume, at /data, of each host that stores data, in plain pools of each host, e.g. "20 GiB". Default: the size\'s; plain pools have none.',
    ),
  minReady: share(0)
    .optional()
    .describe(
      'Fewest ready nodes with which the cluster is usable (then "degraded"): a count, or "90%" of the pool, rounded up. Default: all with role master, else "90%".',
    ),
  without: z
    .array(
      z.union([wholeNumber(1, MOST_NODES), text("allowed: a node's name")], {
        error: "allowed: a node's name or number",
      }),
      {
        error: "allowed: a list of node names or numbers",
      },
    )
    .default([])
    .describe("Nodes to leave out, by name or number: they leave, nobody is renumbered. Default none."),
});

const shortPool = z.union([wholeNumber(1, MOST_NODES), pool], {
  error: `allowed: a count (1 … ${MOST_NODES}) or fields (${Object.keys(pool.shape).join(", ")})`,
});

const user = z.strictObject({
  name: userName().describe("Linux user name."),
  uid: wholeNumber(10000, 59999).optional().describe("User id, 10000–59999. Default: derived from the name."),
  sshKeys: z
    .array(text("allowed: a public key, or the path of one"), {
      error: "allowed: a list of public keys or paths of key files",
    })
    .default([])
    .describe(
      "Public keys (ed25519, ecdsa, RSA from 2048 bits), or paths of `.pub` files that begin with ~ or /. Default none.",
    ),
  sudo: flag().default(false).describe("May use sudo without a password. Default false."),
});

/** Options of one service: its fields, or true / false / nothing. */
function serviceField(definition: ServiceRegistry[string]) {
  const options = definition.options instanceof z.ZodObject ? definition.options.strict() : definition.options;
  return z
    .union([z.null(), flag(), options], { error: "allowed: true, false, or the service's options" })
    .optional()
    .describe(`${definition.description}: its options below, or \`false\` to turn it off.`);
}

const kindsText = kindNames.map((kind) => `${kind}: ${KINDS[kind].join(", ") || "none"}`).join("; ");

/** The services' part of the schema: a list of names, or a map from name to options. */
function servicesField(registry: ServiceRegistry) {
  const names = Object.keys(registry);
  const map = Object.fromEntries(
    Object.entries(registry).map(([name, definition]) => [name, serviceField(definition)]),
  );
  return z
    .union([z.array(z.enum(names)), z.strictObject(map)], {
      error: `allowed: a list of services (${names.join(", ")}) or a map from service to options`,
    })
    .default({})
    .describe(
      `Map from service to its options: adds to the kind's own services, \`false\` turns one off. A list of names: exactly these. Default: the kind's own (${kindsText}).`,
    );
}

/** Schema of one cluster as its user writes it, short and long forms alike. */
export function clusterSchema(registry: ServiceRegistry = allServices): ReturnType<typeof buildSchema> {
  const schema = schemas.get(registry) ?? buildSchema(registry);
  schemas.set(registry, schema);
  return schema;
}

const schemas = new WeakMap<ServiceRegistry, ReturnType<typeof buildSchema>>();

function buildSchema(registry: ServiceRegistry) {
  const pools = z.union(
    [
      z.record(dnsName(), shortPool),
      z.array(pool.extend({ name: dnsName().describe("Name of the pool, a part of host names.") })),
    ],
    {
      error: "allowed: a map from pool name to count or fields, or a list of pools with names",
    },
  );
  return z.strictObject({
    name: dnsName().describe("Name of the cluster, a part of host names: 1 to 20 of a–z, 0–9 and inner dashes."),
    kind: z
      .enum(kindNames)
      .default("hadoop")
      .describe(`What it is: ${kindNames.join(", ")} (plain pools of machines). Default hadoop.`),
    pools: pools
      .default({ master: 1, worker: 2 })
      .describe(
        "Groups of equal nodes: a map from name to a count or to the fields below, or a list with names. Default { master: 1, worker: 2 }.",
      ),
    services: servicesField(registry),
    subnet: cidr("10.160.16.0/20")
      .optional()
      .describe(
        "Private network of the nodes in CIDR notation. Default: a /20 of 10.160.0.0/11, chosen by the names of project, stack and cluster.",
      ),
    versions: z
      .strictObject({
        hadoop: text("allowed: a version such as 3.4.2").default("3.4.2").describe("Hadoop's version. Default 3.4.2."),
        java: wholeNumber(8, 99).default(17).describe("Java's major version. Default 17."),
      })
      .prefault({})
      .describe("Versions, from the table of what works together."),
    image: imageName()
      .optional()
      .describe(
        "What new machines are made of: `baked` (an image in which everything is installed; made when it is not there), or an image's name. Default: the cloud's own.",
      ),
    hadoopFrom: z
      .enum(["maven", "tarball"])
      .default("maven")
      .describe(
        "Where Hadoop comes from: maven (locked files of the Maven layout) or tarball (the official one). Default maven.",
      ),
    loginUser: userName().default("muster").describe("The administrator's user on every node. Default muster."),
    users: z
      .array(z.union([userName(), user], { error: "allowed: a user's name, or fields (name, uid, sshKeys, sudo)" }), {
        error: "allowed: a list of users",
      })
      .default([])
      .describe(
        "Ordinary users on every node, each with a home, also in HDFS: names, or the fields below. Default none.",
      ),
    adminNetworks: z
      .array(cidr("203.0.113.0/24"), { error: "allowed: a list of networks" })
      .default([])
      .describe("Networks (CIDR) from which SSH to the cluster's entry is open. Default none."),
    open: z
      .array(opened, { error: "allowed: a list of openings" })
      .default([])
      .describe("Ports that programs of your own listen on: the firewalls open them. Default none."),
    openToWorld: flag().default(false).describe("Allows 0.0.0.0/0 among adminNetworks. Default false."),
    resolvers: z
      .array(ipv4(), { error: "allowed: a list of IPv4 addresses" })
      .default([])
      .describe("DNS resolvers outside the cluster. Default: those that the hosts are born with."),
    maxUnavailable: share(1)
      .default("10%")
      .describe(
        'How many nodes may restart one daemon at once: a count, or a share of all nodes, at least 1. Default "10%".',
      ),
    steps: z
      .array(step, { error: "allowed: a list of steps" })
      .default([])
      .describe(
        "Your own steps on the nodes, in order: each one of role, playbook, script, file, packages. Default none.",
      ),
    onFailure: z
      .enum(["keep", "rollback"])
      .default("keep")
      .describe(
        "What becomes of a change, or of a new cluster, that `up` does not bring to its quorum: it is kept, and the next `up` goes on; or rolled back. Default keep.",
      ),
    deadlines: z
      .strictObject({
        machine: wholeNumber(10, 86400)
          .optional()
          .describe(
            "Seconds until every host answers; one that was lost on the way gets as long to come back. Default: 600 and 2 for each node.",
          ),
        converge: wholeNumber(60, 86400)
          .default(1200)
          .describe("Seconds for the configuration of one host. Default 1200."),
        total: wholeNumber(30, 604800)
          .optional()
          .describe(
            "Seconds for a whole `up`, after which it has failed. Default: the other deadlines and one hour for who leaves.",
          ),
      })
      .prefault({})
      .describe("How long hosts are waited for, before the others go on without them."),
    verification: z
      .strictObject({
        jobs: flag()
          .default(true)
          .describe("Run MapReduce Pi and the like; structural checks always run. Default true."),
        deadline: wholeNumber(10, 86400).default(600).describe("Seconds for all checks together. Default 600."),
        expectations: z
          .array(expectation, { error: "allowed: a list of expectations" })
          .default([])
          .describe("Your own checks, the fields below. Default none."),
      })
      .prefault({})
      .describe("What proves that the cluster works."),
  });
}

type ServicesInput = {
  [Name in keyof typeof allServices]?: Partial<z.output<(typeof allServices)[Name]["options"]>> | boolean | null;
};

/** One cluster as a person writes it: every field optional but the name. */
export type ClusterConfigInput = Omit<z.input<ReturnType<typeof clusterSchema>>, "services"> & {
  /** Map from service to its options (`false` turns one off), or a list: exactly these. */
  services?: ServicesInput | (keyof typeof allServices)[];
};

/** One cluster after zod: defaults filled in, short forms still short. */
export type ClusterConfig = z.output<ReturnType<typeof clusterSchema>>;
