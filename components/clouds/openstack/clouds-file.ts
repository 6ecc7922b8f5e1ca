import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { type Mistake, UserMistakes } from "../../../plan/mistake.ts";
import { suggestion } from "../../../plan/config/nearest.ts";

const word = z.union([z.string(), z.number()]).transform(String);
const known = {
  auth_url: word,
  username: word,
  user_id: word,
  password: word,
  user_domain_name: word,
  user_domain_id: word,
  project_name: word,
  project_id: word,
  tenant_name: word,
  tenant_id: word,
  project_domain_name: word,
  project_domain_id: word,
  domain_name: word,
  domain_id: word,
  default_domain: word,
  application_credential_id: word,
  application_credential_name: word,
  application_credential_secret: word,
  token: word,
};
const auth = z.object(known).partial();

/** How to log in, by the names that `clouds.yaml` has; the `OS_*` variables have the same in capitals. */
export type AuthSettings = z.output<typeof auth>;
export const AUTH_SETTINGS = Object.keys(known) as (keyof AuthSettings)[];

const entry = z.object({
  auth: auth.default({}),
  profile: z.string().optional(),
  region_name: word.optional(),
  interface: z.string().optional(),
  endpoint_type: z.string().optional(),
  cacert: z.string().optional(),
  verify: z.union([z.boolean(), z.string()]).optional(),
});

/** One entry of `clouds.yaml`, with what `secure.yaml` adds to it. */
export type CloudsEntry = z.output<typeof entry>;

/** Where OpenStack's own tools look, apart from the working folder: the engine's plug-in works in another one. */
export function cloudsFiles(environment: NodeJS.ProcessEnv): string[] {
  const own = environment["OS_CLIENT_CONFIG_FILE"];
  if (own !== undefined && own !== "") return [own];
  const config = environment["XDG_CONFIG_HOME"];
  const home = config?.startsWith("/") ? config : join(environment["HOME"] ?? homedir(), ".config");
  return [join(home, "openstack"), "/etc/openstack"].flatMap((folder) =>
    ["clouds.yaml", "clouds.yml"].map((name) => join(folder, name)),
  );
}

/**
 * A cloud's entry in the user's `clouds.yaml`.
 * @param path Config path, or variable, that names the cloud.
 * @throws UserMistakes that tell the names there are
 */
export function cloudsEntry(
  name: string,
  path: string,
  environment: NodeJS.ProcessEnv,
): CloudsEntry & { file: string } {
  const candidates = cloudsFiles(environment);
  const file = candidates.find((candidate) => existsSync(candidate));
  const refuse = (allowed: string): never => {
    throw new UserMistakes([{ path, found: JSON.stringify(name), allowed }]);
  };
  if (file === undefined) {
    const here = existsSync("clouds.yaml")
      ? "; the one in this folder is not used: set OS_CLIENT_CONFIG_FILE to it"
      : "";
    return refuse(`there is no clouds.yaml; looked for ${candidates.join(", ")}${here}`);
  }
  const clouds = cloudsIn(file);
  const found = clouds[name];
  if (found === undefined) return refuse(`not in ${file}; ${suggestion(name, Object.keys(clouds))}`);
  const secret = cloudsIn(join(dirname(file), "secure.yaml"), false)[name];
  const parsed = entry.safeParse(merged(found, secret));
  if (!parsed.success) {
    const mistakes: Mistake[] = parsed.error.issues.map((issue) => ({
      path: `${file}: clouds.${name}.${issue.path.join(".")}`,
      found: "something else (not shown)",
      allowed: issue.message,
    }));
    throw new UserMistakes(mistakes);
  }
  if (parsed.data.profile !== undefined)
    return refuse(`its profile in ${file} is not followed: write its auth_url out`);
  return { ...parsed.data, file };
}

type Entries = Record<string, Record<string, unknown>>;

function cloudsIn(file: string, required = true): Entries {
  if (!required && !existsSync(file)) return {};
  try {
    const whole = z.object({ clouds: z.record(z.string(), z.record(z.string(), z.unknown())) });
    return whole.parse(parse(readFileSync(file, "utf8"))).clouds;
  } catch {
    // The text holds secrets: no part of it may reach a message.
    const allowed = "a readable YAML file with a map `clouds` from names to entries";
    throw new UserMistakes([{ path: file, found: "something else (not shown)", allowed }]);
  }
}

function merged(one: Record<string, unknown>, other: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    ...one,
    ...other,
    auth: { ...(one["auth"] as object | undefined), ...(other["auth"] as object | undefined) },
  };
}
