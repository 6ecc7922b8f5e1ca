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

/** A mistake for each property that the plan itself decides, because the cluster would break or lose data if it differed. */
export function refuseManaged(path: string, chosen: Properties, managed: Properties, instead: string): Mistake[] {
  return Object.keys(chosen)
    .filter((name) => name in managed)
    .map((name) => ({
      path: `${path}["${name}"]`,
      found: JSON.stringify(chosen[name]),
      allowed: `any property but this one: it is set for you (${instead})`,
    }));
}
