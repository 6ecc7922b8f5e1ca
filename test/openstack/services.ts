import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { hasFakeCompute } from "./container.ts";
import { ADMIN, type Place } from "./place.ts";
import { Rest } from "./rest.ts";

/** Milliseconds for everything to answer, on a machine that has other work too. */
const DEADLINE = 600_000;

const computeServices = z.object({ services: z.array(z.object({ binary: z.string(), state: z.string() })) });
const hypervisors = z.object({ hypervisors: z.array(z.object({ id: z.string() })) });
const agents = z.object({ agents: z.array(z.object({ binary: z.string(), alive: z.boolean() })) });

const COMPUTE = ["nova-conductor", "nova-scheduler", "nova-compute"];
const VOLUME = ["cinder-scheduler", "cinder-volume"];
const AGENTS = ["neutron-linuxbridge-agent", "neutron-l3-agent", "neutron-dhcp-agent", "neutron-metadata-agent"];

/** Looks once, by asking; returns the administrator's session, or what is not there yet. */
export async function askServices(place: Place): Promise<Rest | string> {
  let admin: Rest;
  try {
    admin = await Rest.login(place, ADMIN);
    await admin.get("image", "/images?limit=1", z.object({}));
    await admin.get("placement", "/resource_providers", z.object({}));
    const { services } = await admin.get("compute", "/os-services", computeServices);
    const { agents: all } = await admin.get("network", "/agents", agents);
    // It stands beside servers without machines only.
    const volumes = (await hasFakeCompute(place)) ? VOLUME : [];
    const { services: storing } =
      volumes.length > 0 ? await admin.get("volume", "/os-services", computeServices) : { services: [] };
    const up = new Set([
      ...[...services, ...storing].filter(({ state }) => state === "up").map(({ binary }) => binary),
      ...all.filter(({ alive }) => alive).map(({ binary }) => binary),
    ]);
    const missing = [...COMPUTE, ...volumes, ...AGENTS].filter((binary) => !up.has(binary));
    if (missing.length > 0) return `${missing.join(", ")} not up yet`;
    const { hypervisors: found } = await admin.get("compute", "/os-hypervisors", hypervisors);
    if (found.length === 0) return "the hypervisor is not in a cell yet";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return admin;
}

/** Until every service answers and every agent is alive. */
export async function waitForServices(place: Place): Promise<Rest> {
  const until = Date.now() + DEADLINE;
  for (;;) {
    const answer = await askServices(place);
    if (answer instanceof Rest) return answer;
    if (Date.now() > until) throw new Error(`not ready within ${DEADLINE / 1000} s: ${answer}`);
    await pause(500);
  }
}
