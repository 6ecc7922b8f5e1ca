import { local } from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";

export interface IntentArgs {
  /** Hash of the job. */
  job: string;
  /** Rises when the same job has to run again. */
  attempt: number;
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
        environment: { JOB: args.job, ATTEMPT: String(args.attempt) },
        logging: "none",
        addPreviousOutputInEnv: false,
      },
      opts,
    );
    this.nonce = this.stdout;
  }
}
