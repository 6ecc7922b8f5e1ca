import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { stateId } from "../../contract/folders.ts";
import { writeAtomically } from "../../contract/atomic-file.ts";
import { ADMIN, type Place } from "./place.ts";
import { idIn, type Login, Rest } from "./rest.ts";

/** Quotas by the names that Nova and Neutron have for them. */
const COMPUTE_QUOTAS = ["instances", "cores", "ram", "key_pairs", "server_groups", "server_group_members"];
const NETWORK_QUOTAS = ["network", "subnet", "port", "router", "floatingip", "security_group", "security_group_rule"];
const VOLUME_QUOTAS = ["volumes", "gigabytes"];
const QUOTAS = [...COMPUTE_QUOTAS, ...NETWORK_QUOTAS, ...VOLUME_QUOTAS];

/** Every state folder has a project of its own in the one box of the machine. */
const PREFIX = "muster-";
const projectName = (): string => `${PREFIX}${stateId()}`;

/** Names of the projects that other state folders have. */
export async function otherProjects(admin: Rest): Promise<string[]> {
  const list = z.object({ projects: z.array(z.object({ name: z.string() })) });
  const { projects } = await admin.get("identity", "/projects", list);
  return projects.map(({ name }) => name).filter((name) => name.startsWith(PREFIX) && name !== projectName());
}

const entryShape = z.object({
  clouds: z.object({
    "box-user": z.object({ auth: z.object({ username: z.string(), password: z.string(), project_name: z.string() }) }),
  }),
});

/** Project, user and application credential, written as `clouds.yaml`; kept while they work. */
export async function ensureProject(place: Place, admin: Rest): Promise<void> {
  const known = readLogin(place);
  if (known !== undefined && (await works(place, known))) return;
  const name = projectName();
  const login: Login = { user: name, password: randomBytes(16).toString("hex"), project: name };
  const projectId =
    (await admin.named("identity", `/projects?name=${name}`, "projects", name)) ??
    (await admin.post("identity", "/projects", idIn("project"), { project: { name } })).project.id;
  const old = await admin.named("identity", `/users?name=${name}`, "users", name);
  if (old !== undefined) await admin.delete("identity", `/users/${old}`);
  const { user } = await admin.post("identity", "/users", idIn("user"), { user: { name, password: login.password } });
  const role = await admin.named("identity", "/roles?name=member", "roles", "member");
  await admin.put("identity", `/projects/${projectId}/users/${user.id}/roles/${role}`);
  const own = await Rest.login(place, login);
  const credential = { name: "box", secret: randomBytes(16).toString("hex") };
  const made = await own.post("identity", `/users/${user.id}/application_credentials`, idIn("application_credential"), {
    application_credential: credential,
  });
  writeAtomically(place.cloudsFile, cloudsYaml(place, login, made.application_credential.id, credential.secret));
}

/** Sets quotas of the project, e.g. `{ instances: 3, port: 10 }`; -1 = without limit. */
export async function setQuotas(place: Place, quotas: Record<string, number>): Promise<void> {
  const unknown = Object.keys(quotas).filter((name) => !QUOTAS.includes(name));
  if (unknown.length > 0) throw new Error(`no quota ${unknown.join(", ")}; allowed: ${QUOTAS.join(", ")}`);
  const [admin, { projectId }] = await Promise.all([Rest.login(place, ADMIN), ownProject(place)]);
  const of = (names: string[]): Record<string, number> =>
    Object.fromEntries(Object.entries(quotas).filter(([name]) => names.includes(name)));
  const [compute, network, volume] = [of(COMPUTE_QUOTAS), of(NETWORK_QUOTAS), of(VOLUME_QUOTAS)];
  if (Object.keys(compute).length > 0)
    await admin.put("compute", `/os-quota-sets/${projectId}`, { quota_set: { ...compute, force: true } });
  if (Object.keys(network).length > 0) await admin.put("network", `/quotas/${projectId}`, { quota: network });
  if (Object.keys(volume).length > 0) await admin.put("volume", `/os-quota-sets/${projectId}`, { quota_set: volume });
}

/** The services, as the project's own user. */
export async function ownProject(place: Place): Promise<Rest> {
  const login = readLogin(place);
  if (login === undefined) throw new Error("no project here yet: start the box first");
  return Rest.login(place, login);
}

/** The project's own user, as `clouds.yaml` has it. */
export function readLogin({ cloudsFile }: Place): Login | undefined {
  if (!existsSync(cloudsFile)) return undefined;
  const parsed = entryShape.safeParse(parse(readFileSync(cloudsFile, "utf8")));
  if (!parsed.success) return undefined;
  const { username, password, project_name } = parsed.data.clouds["box-user"].auth;
  return { user: username, password, project: project_name };
}

const works = (place: Place, login: Login): Promise<boolean> =>
  Rest.login(place, login).then(
    () => true,
    () => false,
  );

function cloudsYaml({ services }: Place, login: Login, credential: string, secret: string): string {
  const common = { region_name: "RegionOne", interface: "public", identity_api_version: 3 };
  const byPassword = ({ user, password, project }: Login): object => ({
    auth: {
      auth_url: services.identity,
      username: user,
      password,
      project_name: project,
      user_domain_name: "Default",
      project_domain_name: "Default",
    },
    ...common,
  });
  return stringify({
    clouds: {
      box: {
        auth_type: "v3applicationcredential",
        auth: {
          auth_url: services.identity,
          application_credential_id: credential,
          application_credential_secret: secret,
        },
        ...common,
      },
      "box-user": byPassword(login),
      "box-admin": byPassword(ADMIN),
    },
  });
}
