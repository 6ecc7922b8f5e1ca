import { type Mistake, UserMistakes } from "../../../plan/mistake.ts";
import { AUTH_SETTINGS, type AuthSettings, cloudsEntry } from "./clouds-file.ts";

/** Which of a service's addresses is used. */
export const ENDPOINT_TYPES = ["public", "internal", "admin"] as const;
export type EndpointType = (typeof ENDPOINT_TYPES)[number];

/** Who we are to the cloud: read where OpenStack's own tools read it, never from config, never into state. */
export interface Credentials {
  /** Where they come from, for people. */
  source: string;
  /** Name in `clouds.yaml`, if they come from there. */
  cloud?: string;
  /** Keystone's address up to and with `/v3`. */
  authUrl: string;
  /** Body of the request for a token. */
  login: Record<string, unknown>;
  region?: string;
  endpointType: EndpointType;
  /** File with the authority that signed the cloud's certificates. */
  caCert?: string;
}

/** What the stack's config may say of it; all of it may also come from `clouds.yaml` or the environment. */
export interface CredentialsWanted {
  cloud?: string | undefined;
  region?: string | undefined;
  endpointType?: EndpointType | undefined;
}

/**
 * The credentials of a named cloud, of `OS_CLOUD`, or of the `OS_*` variables, in this order.
 * @throws UserMistakes with what is missing
 */
export function findCredentials(
  wanted: CredentialsWanted = {},
  environment: NodeJS.ProcessEnv = process.env,
): Credentials {
  const value = (name: string): string | undefined => environment[name] || undefined;
  const cloud = wanted.cloud ?? value("OS_CLOUD");
  const entry =
    cloud === undefined
      ? undefined
      : cloudsEntry(cloud, wanted.cloud === undefined ? "OS_CLOUD" : "muster:cloud.cloud", environment);
  const source = entry === undefined ? "the OS_* variables" : `cloud "${cloud}" in ${entry.file}`;
  const settings = entry?.auth ?? fromEnvironment(environment);
  const mistakes: Mistake[] = [];
  const refuse = (path: string, found: string, allowed: string): void => void mistakes.push({ path, found, allowed });

  if (entry === undefined && settings.auth_url === undefined) {
    const allowed =
      "name a cloud of clouds.yaml (muster:cloud.cloud, or the variable OS_CLOUD), or load an openrc file (OS_AUTH_URL, …)";
    throw new UserMistakes([{ path: "OpenStack credentials", found: "nothing", allowed }]);
  }
  if (settings.auth_url === undefined) refuse(source, "no auth_url", "the address of its Identity service");
  const login = loginOf(settings);
  if (login === undefined) {
    refuse(
      source,
      `only ${Object.keys(settings).sort().join(", ") || "nothing"}`,
      "username and password with a project, application_credential_id and _secret, or token with a project",
    );
  }
  const type =
    wanted.endpointType ??
    entry?.interface ??
    entry?.endpoint_type ??
    value("OS_INTERFACE") ??
    value("OS_ENDPOINT_TYPE");
  const endpointType = type === undefined ? "public" : ENDPOINT_TYPES.find((one) => type.startsWith(one));
  if (endpointType === undefined) refuse(source, `interface ${type}`, `allowed: ${ENDPOINT_TYPES.join(", ")}`);
  if (entry?.verify === false || /^(1|t|true)$/i.test(value("OS_INSECURE") ?? "")) {
    refuse(source, "certificates that are not to be checked", "they always are: name the authority's file (cacert)");
  }
  if (mistakes.length > 0 || login === undefined || endpointType === undefined) throw new UserMistakes(mistakes);
  const region = wanted.region ?? entry?.region_name ?? value("OS_REGION_NAME");
  const caCert = entry?.cacert ?? value("OS_CACERT");
  return {
    source,
    ...(cloud === undefined ? {} : { cloud }),
    authUrl: versionedAuthUrl(settings.auth_url ?? ""),
    login,
    ...(region === undefined ? {} : { region }),
    endpointType,
    ...(caCert === undefined ? {} : { caCert }),
  };
}

function fromEnvironment(environment: NodeJS.ProcessEnv): AuthSettings {
  const set = AUTH_SETTINGS.flatMap((name) => {
    const value = environment[`OS_${name.toUpperCase()}`];
    return value === undefined || value === "" ? [] : [[name, value] as const];
  });
  return Object.fromEntries(set);
}

const versionedAuthUrl = (url: string): string => `${url.replace(/\/+$/, "").replace(/\/v[23](\.\d+)?$/, "")}/v3`;

/** Keystone's request for a token; undefined when something of every way is missing. */
function loginOf(auth: AuthSettings): Record<string, unknown> | undefined {
  const userDomain = domain(auth.user_domain_id ?? auth.domain_id, auth.user_domain_name ?? auth.domain_name, auth);
  const user = auth.user_id === undefined ? { name: auth.username, domain: userDomain } : { id: auth.user_id };
  if (auth.application_credential_secret !== undefined) {
    const { application_credential_id: id, application_credential_name: name } = auth;
    if (id === undefined && (name === undefined || (auth.username ?? auth.user_id) === undefined)) return undefined;
    const credential = { secret: auth.application_credential_secret, ...(id === undefined ? { name, user } : { id }) };
    return { identity: { methods: ["application_credential"], application_credential: credential } };
  }
  const project = projectOf(auth);
  if (project === undefined) return undefined;
  if (auth.token !== undefined)
    return { identity: { methods: ["token"], token: { id: auth.token } }, scope: { project } };
  if ((auth.username ?? auth.user_id) === undefined || auth.password === undefined) return undefined;
  const password = { user: { ...user, password: auth.password } };
  return { identity: { methods: ["password"], password }, scope: { project } };
}

function projectOf(auth: AuthSettings): Record<string, unknown> | undefined {
  const id = auth.project_id ?? auth.tenant_id;
  if (id !== undefined) return { id };
  const name = auth.project_name ?? auth.tenant_name;
  if (name === undefined) return undefined;
  return {
    name,
    domain: domain(
      auth.project_domain_id ?? auth.domain_id,
      auth.project_domain_name ?? auth.domain_name ?? auth.user_domain_name,
      auth,
    ),
  };
}

const domain = (
  id: string | undefined,
  name: string | undefined,
  auth: AuthSettings,
): { id: string } | { name: string } =>
  id !== undefined ? { id } : name !== undefined ? { name } : { id: auth.default_domain ?? "default" };
