import type { Mistake } from "../mistake.ts";
import { KINDS } from "../kinds.ts";
import type { ServiceRegistry } from "../service.ts";
import type { ClusterConfig } from "./cluster-schema.ts";
import { parseWith } from "./schema-mistakes.ts";
import type { ReadOwn } from "./steps.ts";
import { repetitions } from "./tagged-mistake.ts";
import type { TaggedMistake } from "./tagged-mistake.ts";

/** The services of a cluster with complete options, in the registry's order, and what is wrong with them. */
export function expandServices(
  config: ClusterConfig,
  registry: ServiceRegistry,
  readOwn: ReadOwn,
): { services: Record<string, Record<string, unknown>>; mistakes: TaggedMistake[] } {
  const mistakes: TaggedMistake[] = [];
  const refuse = (mistake: Mistake) => mistakes.push({ ...mistake, judgedBy: ["services", "kind"] });
  const wanted = wantedServices(config);
  if (Array.isArray(config.services)) {
    for (const { value, at } of repetitions(config.services)) {
      refuse({ path: `services[${at}]`, found: JSON.stringify(value), allowed: "named twice; once is enough" });
    }
  }
  const services: Record<string, Record<string, unknown>> = {};
  for (const [name, definition] of Object.entries(registry)) {
    if (!wanted.has(name)) continue;
    // Options that were written have been through the service's schema already; twice would break its transforms.
    const written = wanted.get(name);
    const parsed =
      written === undefined ? parseWith(definition.options, {}, `services.${name}`) : { value: written, mistakes: [] };
    parsed.mistakes.forEach(refuse);
    const given = (parsed.value ?? {}) as Record<string, unknown>;
    const { found = {}, faults = [] } = definition.readFiles?.(given as never, readOwn) ?? {};
    for (const { field, ...fault } of faults) refuse({ path: `services.${name}.${field}`, ...fault });
    const options = { ...given, ...found };
    services[name] = options;
    const versions = { ...config.versions, hadoopFrom: config.hadoopFrom };
    for (const mistake of definition.refuseVersions?.(versions, options as never) ?? [])
      mistakes.push({ ...mistake, judgedBy: ["versions", "hadoopFrom", "services"] });
    for (const needed of definition.requires.filter((other) => !wanted.has(other))) {
      refuse({
        path: `services.${name}`,
        found: `on, without ${needed}`,
        allowed: `needs ${needed}: turn ${needed} on, or ${name} off (${name}: false)`,
      });
    }
  }
  return { services, mistakes };
}

/** Wanted services with their options; undefined where none were written. */
function wantedServices(config: ClusterConfig): Map<string, unknown> {
  if (Array.isArray(config.services)) return new Map(config.services.map((name) => [name, undefined]));
  const wanted = new Map<string, unknown>(KINDS[config.kind].map((name: string) => [name, undefined]));
  for (const [name, options] of Object.entries(config.services)) {
    if (options === false) wanted.delete(name);
    else if (options !== undefined) wanted.set(name, options === true || options === null ? undefined : options);
  }
  return wanted;
}
