import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { Deadlines } from "../../contract/job.ts";
import type { Identity } from "./identity.ts";
import type { Intent, IntentArgs } from "./intent.ts";

/** What the engine waits beyond the runner's own deadline, so that the runner can end its children and say why. Seconds. */
const GRACE = 120;

export interface ReadyArgs extends IntentArgs {
  /** `<project>.<stack>.<cluster>`. */
  clusterId: string;
  identity: Identity;
  intent: Intent;
  deadlines: Deadlines;
  /** Addresses by node name that are known only now. */
  addresses?: pulumi.Output<Record<string, string>> | undefined;
}

/** How the last run ended: `ready` when everything wanted is done, `degraded` when only the quorum is. */
export type ClusterState = "ready" | "degraded";

const summary = z.object({ state: z.enum(["ready", "degraded"]) });

/**
 * Leave, converge, verify: one runner process brings the job about. It starts before the machines exist and waits for
 * them on the network, each with its own deadline, so it must never depend on them here.
 */
export class Ready extends local.Command {
  readonly state: pulumi.Output<ClusterState>;

  /**
   * @param name The cluster's name; the resource is `<name>-ready`.
   */
  constructor(name: string, args: ReadyArgs, opts: pulumi.CustomResourceOptions) {
    const { job, attempt, clusterId } = args;
    const stdin = pulumi
      .all([args.identity.value, args.intent.nonce, args.addresses, args.credentials])
      .apply(([identity, nonce, addresses, credentials]) =>
        JSON.stringify({ job, attempt, nonce, clusterId, identity, addresses, credentials }),
      );
    const seconds = `${args.deadlines.total + GRACE}s`;
    super(
      `${name}-ready`,
      {
        create: "muster-runner ready",
        update: "muster-runner ready",
        stdin: pulumi.secret(stdin),
        // Also in the secret: here so that a preview says why.
        environment: { JOB: job, ATTEMPT: String(attempt) },
        logging: "stderr",
        addPreviousOutputInEnv: false,
      },
      { ...opts, customTimeouts: { create: seconds, update: seconds } },
    );
    // Secret only because an input is; the summary itself is made to be shown.
    this.state = pulumi.unsecret(this.stdout.apply(stateIn));
  }
}

/** The runner's last word is its summary. */
function stateIn(stdout: string): ClusterState {
  try {
    return summary.parse(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).state;
  } catch {
    throw new pulumi.RunError(
      "muster-runner ended well but without a summary: is another program of that name on the PATH?",
    );
  }
}
