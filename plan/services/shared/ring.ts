import type { Check } from "../../../contract/job.ts";

/** Names in one argument: of 128 KiB, which Linux allows, these take a fraction. */
const RING = 500;

/** Every node writes into what is shared, and reads what the next one in the ring wrote; `model` has the rest of both checks. */
export function ringChecks(model: Check, names: readonly string[]): Check[] {
  const { service } = model;
  const rings = Array.from({ length: Math.ceil(names.length / RING) }, (_, at) =>
    names.slice(at * RING, (at + 1) * RING),
  );
  return rings.flatMap((ring, at) => {
    const part = rings.length === 1 ? "" : ` (${at + 1} of ${rings.length})`;
    const write: Check = {
      ...model,
      name: `${service}: write here${part}`,
      on: ring,
      mode: "each",
      run: [`${service}/write`],
    };
    const read: Check = {
      ...write,
      name: `${service}: read there${part}`,
      run: [`${service}/read`, JSON.stringify(ring)],
    };
    return [
      { ...write, after: [model.name] },
      { ...read, after: [write.name] },
    ];
  });
}
