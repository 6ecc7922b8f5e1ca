import { z } from "zod";
import { disk, flag, wholeNumber } from "../../config/fields.ts";
import { folderMode, sharedPath } from "../shared/paths.ts";

const exported = z.strictObject({
  path: sharedPath().describe("Where every node has it."),
  quota: disk()
    .optional()
    .describe('What it is to hold at most, e.g. "50 GiB": more degrades the cluster. Default: no limit.'),
  mode: folderMode().optional().describe('Mode of the folder when it is made. Default: "1777", as /tmp has it.'),
  rootSquash: flag().optional().describe("Whether root of another node is nobody here. Default: true."),
});

export const nfsOptions = z.strictObject({
  exports: z.array(exported).optional().describe("What is shared. Default: /shared, or nothing beside home."),
  home: flag()
    .default(false)
    .describe("Whether users, but not the login user, have the same home on every node. Default: false."),
  homeQuota: disk()
    .optional()
    .describe("What all homes together are to hold at most: more degrades the cluster. Default: no limit."),
  threads: wholeNumber(1, 512).default(16).describe("Requests that the server answers at once. Default: 16."),
});

export type NfsOptions = z.output<typeof nfsOptions>;
