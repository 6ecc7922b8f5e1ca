import * as pulumi from "@pulumi/pulumi";
import { canonicalJson } from "../contract/canonical-json.ts";
import type { Credentials } from "../contract/credentials.ts";
import { CREDENTIALS, type NeededCredentials, SECRET_FIELD } from "../plan/credentials.ts";
import type { Mistake } from "../plan/mistake.ts";
import { parseWith } from "../plan/config/schema-mistakes.ts";

/** What a user gives as secrets, by name: plain values where they are known, which become secrets here, or outputs. */
export type GivenCredentials = Readonly<Record<string, unknown>>;

/** Where a stack's config has them. */
const CONFIG = "muster:credentials";

/** What is lacking or wrong among them. No message repeats a value. */
export function credentialsMistakes(
  needed: readonly NeededCredentials[],
  given: GivenCredentials = {},
  path: string,
): Mistake[] {
  return needed.flatMap(({ name, kind, path: field }): Mistake[] => {
    if (!Object.hasOwn(given, name))
      return [
        {
          path: `${path}.${field}`,
          found: JSON.stringify(name),
          allowed: `nothing of that name in ${CONFIG}: pulumi config set --secret --path ${CONFIG}.${name}.${SECRET_FIELD[kind]}`,
        },
      ];
    const value = given[name];
    // Those of a program may be known only when it runs.
    if (pulumi.Output.isInstance(value)) return [];
    return parseWith<unknown>(CREDENTIALS[kind], value, `${CONFIG}.${name}`).mistakes.map((mistake) => ({
      ...mistake,
      found:
        mistake.found === "unknown name" ? mistake.found : mistake.found.startsWith("nothing") ? "nothing" : "a value",
    }));
  });
}

/** Those that are needed, as the runner is given them. */
export function credentialsOf(
  needed: readonly NeededCredentials[],
  given: GivenCredentials = {},
): pulumi.Output<Credentials> | undefined {
  if (needed.length === 0) return undefined;
  const values = Object.fromEntries(needed.map(({ name }) => [name, given[name]]));
  return pulumi.secret(
    pulumi
      .output(values)
      .apply((known) => Object.fromEntries(Object.entries(known).map(([name, value]) => [name, canonicalJson(value)]))),
  );
}
