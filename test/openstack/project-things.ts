import { z } from "zod";
import type { Service } from "./place.ts";
import type { Rest } from "./rest.ts";

const NETWORK = ["networks", "subnets", "ports", "routers", "floatingips", "security-groups"];
const COMPUTE = ["servers/detail", "os-keypairs", "os-server-groups"];

/** Everything that there is in a project, by kind: ids, and names of what has no id. */
export async function thingsIn(rest: Rest): Promise<Record<string, string[]>> {
  const kinds = [
    ...NETWORK.map((kind) => [kind, "network", `/${kind}?project_id=${rest.projectId}`] as const),
    ...COMPUTE.map((kind) => [kind, "compute", `/${kind}`] as const),
  ];
  const found = kinds.map(async ([kind, service, path]) => [kind, await idsOf(rest, service, path)] as const);
  return Object.fromEntries(await Promise.all(found));
}

/** Nova lists a server for a while after nothing is left of it. */
export const isThere = ({ status }: { status?: string | undefined }): boolean => status !== "DELETED";

const row = z.union([
  z.object({ id: z.string(), status: z.string().optional() }).transform((one) => (isThere(one) ? one.id : [])),
  z.object({ keypair: z.object({ name: z.string() }) }).transform(({ keypair }) => keypair.name),
]);

/** A list's answer has the list under a name of its own. */
async function idsOf(rest: Rest, service: Service, path: string): Promise<string[]> {
  const answer = await rest.get(service, path, z.record(z.string(), z.array(row)));
  return Object.values(answer).flat(2).sort();
}

/** The project's servers: ids by name. */
export async function serversOf(rest: Rest): Promise<Record<string, string>> {
  const list = z.object({ servers: z.array(z.object({ id: z.string(), name: z.string(), status: z.string() })) });
  const { servers } = await rest.get("compute", "/servers/detail", list);
  return Object.fromEntries(servers.filter(isThere).map(({ id, name }) => [name, id]));
}
