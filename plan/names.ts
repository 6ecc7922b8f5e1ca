/** `<cluster>-<pool>-<ordinal>`: also the short host name. */
export const nodeName = (cluster: string, pool: string, ordinal: number): string => `${cluster}-${pool}-${ordinal}`;

/** DNS domain of a cluster's nodes. */
export const domainOf = (cluster: string): string => `${cluster}.internal`;

/** Fully qualified name of a node: its canonical host name. */
export const fqdnOf = (cluster: string, node: string): string => `${node}.${domainOf(cluster)}`;

/** `<project>.<stack>.<cluster>`: names the cluster's folder and its tags. */
export const clusterId = (project: string, stack: string, cluster: string): string => `${project}.${stack}.${cluster}`;

/** The ordinal in a node's name, if it is one of this pool's nodes: 1 … `count`. */
export function ordinalOf(cluster: string, pool: string, count: number, name: string | number): number | undefined {
  const [, digits] =
    /^([1-9]\d*)$/.exec(typeof name === "number" ? String(name) : stripPrefix(name, `${cluster}-${pool}-`)) ?? [];
  const ordinal = digits === undefined ? undefined : Number(digits);
  return ordinal !== undefined && ordinal <= count ? ordinal : undefined;
}

const stripPrefix = (name: string, prefix: string): string =>
  name.startsWith(prefix) ? name.slice(prefix.length) : name;

/** Order of pools wherever there is one: those named like a role first, then by name; never the order of writing. */
export function comparePools(a: { name: string }, b: { name: string }): number {
  return rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

const KNOWN = ["master", "worker", "client", "storage"];

function rank(pool: string): number {
  const at = KNOWN.indexOf(pool);
  return at === -1 ? KNOWN.length : at;
}
