import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { ClusterIdentity } from "../../contract/identity.ts";

/** Every input of a command: whatever happens to its text in a later version, what it once made stays. */
const EVERY_INPUT = [
  "create",
  "update",
  "delete",
  "dir",
  "environment",
  "interpreter",
  "stdin",
  "triggers",
  "assetPaths",
  "archivePaths",
  "logging",
  "addPreviousOutputInEnv",
];

const keyPair = z.object({ public: z.string(), private: z.string() });

const clusterIdentity: z.ZodType<ClusterIdentity> = z.object({
  format: z.literal(1),
  uid: z.string(),
  seed: z.string(),
  hostCa: keyPair,
  userCa: keyPair,
});

/**
 * Who the cluster is: a random uid, the seed of bootstrap host keys, host and user CA. Made once in the
 * cluster's life, never again: protected, deaf to changed inputs, no update. Losing it means losing the cluster.
 */
export class Identity extends local.Command {
  /** Everything that was printed, secret as a whole. */
  readonly value: pulumi.Output<ClusterIdentity>;
  /** The cluster's uid alone, which is no secret: it stands in tags. */
  readonly uid: pulumi.Output<string>;

  /**
   * @param name The cluster's name; the resource is `<name>-identity`.
   */
  constructor(name: string, opts: pulumi.CustomResourceOptions) {
    super(
      `${name}-identity`,
      { create: "muster-runner identity", logging: "none", addPreviousOutputInEnv: false },
      {
        ...opts,
        protect: true,
        ignoreChanges: EVERY_INPUT,
        additionalSecretOutputs: ["stdout", "stderr"],
      },
    );
    this.value = pulumi.secret(this.stdout.apply(parseIdentity));
    this.uid = pulumi.unsecret(this.value.apply((identity) => identity.uid));
  }
}

function parseIdentity(stdout: string): ClusterIdentity {
  try {
    return clusterIdentity.parse(JSON.parse(stdout));
  } catch {
    // The text itself holds private keys: no part of it may reach a message.
    throw new pulumi.RunError("the stored identity cannot be read: state from another version of this program?");
  }
}
