import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { canonicalJson } from "../../contract/canonical-json.ts";
import type { Versions } from "./recipe.ts";

/** What the engine waits; the program has deadlines of its own. */
const TIMEOUT = "90m";

export interface PackerImageArgs {
  /** Name of the cloud. */
  cloud: string;
  /** The cloud's own options. Default none. */
  options?: Record<string, unknown>;
  /** What the image is called, by its content: another one is another image. */
  image: string;
  versions: Versions;
  /** It was there when the cluster's machines were made, and is no more: it is made again. Default false. */
  gone?: boolean;
}

const answer = z.object({ image: z.string() });

/**
 * An image in which everything is installed that nodes need, baked by Packer unless it is there. It outlives the
 * cluster, because others are made of it, too: `muster image rm` removes it.
 */
export class PackerImage extends pulumi.ComponentResource {
  /** What machines are made of. */
  readonly image: pulumi.Output<string>;

  /**
   * @param name The resource's.
   */
  constructor(
    name: string,
    { cloud, options = {}, image, versions, gone = false }: PackerImageArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("muster:index:PackerImage", name, {}, opts);
    const build = new local.Command(
      `${name}-build`,
      {
        create: "muster-image ensure",
        update: "muster-image ensure",
        environment: {
          CLOUD: cloud,
          OPTIONS: canonicalJson(options),
          VERSIONS: canonicalJson(versions),
          // What the program finds out itself: here so that another image is another run.
          IMAGE: image,
          ...(gone ? { GONE: "true" } : {}),
        },
        logging: "stderr",
        addPreviousOutputInEnv: false,
      },
      { parent: this, customTimeouts: { create: TIMEOUT, update: TIMEOUT } },
    );
    this.image = build.stdout.apply((text) => answer.parse(JSON.parse(text)).image);
    this.registerOutputs({ image: this.image });
  }
}
