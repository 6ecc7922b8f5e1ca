import { z } from "zod";
import { disk, flag, text, wholeNumber } from "../../config/fields.ts";
import { folderMode, sharedPath } from "../shared/paths.ts";

const NAME = "allowed: a folder in the volume such as projects or lab/data, of letters, digits, - and _";
const MOUNT = "allowed: acl, noatime, noexec";

const folder = z.strictObject({
  name: text(NAME)
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_-]*(\/[A-Za-z0-9_][A-Za-z0-9_-]*)*$/, { error: NAME })
    .describe("Its place below path."),
  quota: disk().optional().describe('What it holds at most, e.g. "50 GiB"; enforced. Default: no limit.'),
  mode: folderMode().optional().describe('Mode of the folder when it is made. Default: "1777", as /tmp has it.'),
});

export const glusterfsOptions = z.strictObject({
  path: sharedPath().default("/shared").describe("Where every node has the volume. Default: /shared."),
  mode: folderMode().default("1777").describe('Mode of the volume\'s own folder. Default: "1777", as /tmp has it.'),
  replica: wholeNumber(1, 16)
    .optional()
    .describe(
      "Copies of each file, each on another storage node. Default: 3, or the storage nodes where they are fewer.",
    ),
  arbiter: flag()
    .default(false)
    .describe("Whether the third copy holds names only: it decides who is right and takes no space. Default: false."),
  quota: disk().optional().describe("What the whole volume holds at most; enforced. Default: no limit."),
  folders: z.array(folder).default([]).describe("Folders made in it, with limits of their own. Default: none."),
  cache: wholeNumber(4, 65536).default(32).describe("MiB of files that each node keeps in memory. Default: 32."),
  mountOptions: z
    .array(z.enum(["acl", "noatime", "noexec"], { error: MOUNT }), { error: MOUNT })
    .default([])
    .describe("More options of the mount, beside nosuid and nodev: acl, noatime, noexec. Default: none."),
});

export type GlusterfsOptions = z.output<typeof glusterfsOptions>;
