import { z } from "zod";
import type { Service } from "./place.ts";
import type { Rest } from "./rest.ts";

const NETWORK = ["networks", "subnets", "ports", "routers", "floatingips", "security-groups"];
const COMPUTE = ["servers", "os-keypairs", "os-server-groups"];

/** Everything that there is in a project, by kind: ids, and names of what has no id. */
export async function thingsIn(rest: Rest): Promise<Record<string, string[]>> {
  const kinds = [
    ...NETWORK.map((kind) => [kind, "network", `/${kind}?project_id=${rest.projectId}`] as const),
    ...COMPUTE.map((kind) => [kind, "compute", `/${kind}`] as const),
  ];
  const found = kinds.map(async ([kind, service, path]) => [kind, await idsOf(rest, service, path)] as const);
  return Object.fromEntries(await Promise.all(found));
}

const row = z.union([
  z.object({ id: z.string() }).transform(({ id }) => id),
  z.object({ keypair: z.object({ name: z.string() }) }).transform(({ keypair }) => keypair.name),
]);

/** A list's answer has the list under a name of its own. */
async function idsOf(rest: Rest, service: Service, path: string): Promise<string[]> {
  const answer = await rest.get(service, path, z.record(z.string(), z.array(row)));
  return Object.values(answer).flat().sort();
}

/** The project's servers: ids by name. */
export async function serversOf(rest: Rest): Promise<Record<string, string>> {
  const list = z.object({ servers: z.array(z.object({ id: z.string(), name: z.string() })) });
  const { servers } = await rest.get("compute", "/servers", list);
  return Object.fromEntries(servers.map(({ id, name }) => [name, id]));
}
