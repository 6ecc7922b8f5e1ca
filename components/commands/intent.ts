import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { contentHash } from "../../contract/canonical-json.ts";
import type { Credentials } from "../../contract/credentials.ts";

export interface IntentArgs {
  /** Hash of the job. */
  job: string;
  /** Rises when the same job has to run again. */
  attempt: number;
  /** What the user gives as secrets, by name. */
  credentials?: pulumi.Input<Credentials> | undefined;
}

/**
 * Says that the wanted state changed, also *back*: its output is a fresh nonce after every change of its inputs. Without
 * it, a revert after a failed change would look unchanged to `Ready`, whose last successful inputs it equals.
 */
export class Intent extends local.Command {
  /** Differs after every change. */
  readonly nonce: pulumi.Output<string>;

  /**
   * @param name The cluster's name; the resource is `<name>-intent`.
   */
  constructor(name: string, args: IntentArgs, opts: pulumi.CustomResourceOptions) {
    super(
      `${name}-intent`,
      {
        create: "muster-runner nonce",
        update: "muster-runner nonce",
        environment: { JOB: args.job, ATTEMPT: String(args.attempt), ...fingerprint(args.credentials) },
        logging: "none",
        addPreviousOutputInEnv: false,
      },
      opts,
    );
    this.nonce = this.stdout;
  }
}

/** Differs when credentials do, which the job does not hold. */
function fingerprint(credentials: IntentArgs["credentials"]): Record<string, pulumi.Output<string>> {
  if (credentials === undefined) return {};
  return { CREDENTIALS: pulumi.secret(pulumi.output(credentials).apply(contentHash)) };
}
