import { z } from "zod";
import type { Mistake } from "../../mistake.ts";

/** Contents of one Hadoop `*-site.xml`: name → value. */
export type Properties = Record<string, string>;

// Control characters cannot stand in an XML document, whatever the escape.
const printable = /^[^\p{Cc}]*$/u;

/** Free properties as a user writes them; numbers and booleans become text. */
export const properties = z.record(
  z.string().regex(/^[A-Za-z][\w.-]*$/, "a Hadoop property name: letters, digits, dots, dashes, underscores"),
  z
    .union([z.string().regex(printable, "text without control characters"), z.number(), z.boolean()])
    .transform((value) => String(value)),
);

/** Former names that Hadoop still reads as if they were the present ones, of properties that the plan decides. */
const FORMER_NAMES: Readonly<Record<string, string>> = {
  "dfs.block.size": "dfs.blocksize",
  "dfs.data.dir": "dfs.datanode.data.dir",
  "dfs.federation.nameservice.id": "dfs.nameservice.id",
  "dfs.federation.nameservices": "dfs.nameservices",
  "dfs.http.address": "dfs.namenode.http-address",
  "dfs.name.dir": "dfs.namenode.name.dir",
  "dfs.name.edits.dir": "dfs.namenode.edits.dir",
  "dfs.permissions": "dfs.permissions.enabled",
  "dfs.safemode.extension": "dfs.namenode.safemode.extension",
  "dfs.secondary.http.address": "dfs.namenode.secondary.http-address",
  "fs.checkpoint.dir": "dfs.namenode.checkpoint.dir",
  "fs.checkpoint.edits.dir": "dfs.namenode.checkpoint.edits.dir",
  "fs.default.name": "fs.defaultFS",
  "slave.host.name": "dfs.datanode.hostname",
};

/** A mistake for each property that the plan itself decides, because the cluster would break or lose data if it differed. */
export function refuseManaged(path: string, chosen: Properties, managed: Properties, instead: string): Mistake[] {
  return Object.keys(chosen)
    .filter((name) => (FORMER_NAMES[name] ?? name) in managed)
    .map((name) => ({
      path: `${path}["${name}"]`,
      found: JSON.stringify(chosen[name]),
      allowed: `any property but this one: it is set for you (${instead})`,
    }));
}
