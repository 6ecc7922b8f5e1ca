import { parse } from "yaml";
import { z } from "zod";
import { COMBINATIONS } from "../../../plan/versions.ts";

const packageLists = z.object({
  packages: z.array(z.string()).default([]),
  packages_debian: z.array(z.string()).default([]),
});

/** What the lists of roles may refer to: the versions that a cluster gets by default. */
const VARIABLES: Record<string, string> = { java_version: String(COMBINATIONS[0]?.java) };

/**
 * Packages of an image: sorted, each once.
 * @param own Text of the image's list: a name a line, `#` starts a comment.
 * @param roles Texts of the roles' `vars/packages.yml`.
 */
export function packagesOf(own: string, roles: readonly string[]): string[] {
  const lines = own.split("\n").map((line) => line.replace(/#.*/, "").trim());
  return [...new Set([...lines.filter(Boolean), ...roles.flatMap(packagesOfRole)])].sort();
}

function packagesOfRole(text: string): string[] {
  const lists = packageLists.parse(parse(text) ?? {});
  return [...lists.packages, ...lists.packages_debian].map((name) =>
    name.replace(/\{\{\s*(\w+)\s*\}\}/g, (whole, variable: string) => VARIABLES[variable] ?? whole),
  );
}
