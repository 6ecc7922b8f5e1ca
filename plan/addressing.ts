import { ip2long, long2ip, Netmask } from "netmask";
import { hashNumber } from "./hash.ts";
import { comparePools } from "./names.ts";

/*
 * A subnet is cut into rows of 16 addresses. Row 0 is the gateway's and the cloud's; in row n lives node n of every
 * pool, each pool at its own slot. So an address depends on nothing but the pool's slot and the ordinal: growth moves
 * nobody. Pools named like a role have fixed slots; others get one by hash of their name, and the next free one (in
 * order of names) if it is taken. A new pool can therefore move others only if it takes the slot of one with a later
 * name, which `movedNodes` shows.
 */

/** Addresses in a row; also the most pools a cluster may have. */
const SLOTS = 16;

const FIXED_SLOTS: Partial<Record<string, number>> = { master: 0, worker: 1, client: 2, storage: 3 };
const FIRST_FREE_SLOT = 4;

/** Whether a pool's slot is its own for ever; a role tag that came later has none. */
export const hasFixedSlot = (pool: string): boolean => FIXED_SLOTS[pool] !== undefined;

/** Most pools with names of the user's own. */
export const MOST_NAMED_POOLS = SLOTS - FIRST_FREE_SLOT;

/**
 * Where default subnets come from: 512 networks of 4094 addresses (254 nodes a pool). Chosen to stay away from the
 * defaults of containers (10.88/13 podman, 172.16/12 Docker), Kubernetes (10.96/12, 10.233/16, 10.244/16), OpenShift
 * (10.128/14), AWS (10.0/16, 172.31/16) and home routers (192.168/16).
 */
export const DEFAULT_RANGE = "10.160.0.0/11";
export const DEFAULT_PREFIX = 20;

const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map((range) => new Netmask(range));

/** The subnet a cluster gets without asking for one: always the same for the same names. CIDR. */
export function defaultSubnet(project: string, stack: string, cluster: string): string {
  return candidate(hashNumber(`${project}/${stack}/${cluster}`, candidates()));
}

/** The first default subnet from the cluster's own on that touches none of `taken` (CIDRs); undefined if there is none. */
export function freeSubnet(taken: readonly string[], from = ""): string | undefined {
  const busy = taken.map((cidr) => new Netmask(cidr));
  const start = hashNumber(from, candidates());
  for (let step = 0; step < candidates(); step += 1) {
    const subnet = candidate((start + step) % candidates());
    if (!busy.some((other) => overlap(new Netmask(subnet), other))) return subnet;
  }
  return undefined;
}

/** Whether two networks share an address. CIDRs. */
export const subnetsOverlap = (a: string, b: string): boolean => overlap(new Netmask(a), new Netmask(b));

/** Whether every address of a network is private (RFC 1918). CIDR. */
export const isPrivate = (cidr: string): boolean => PRIVATE.some((range) => range.contains(new Netmask(cidr)));

/** The network with its host bits cleared: `10.1.2.3/20` → `10.1.0.0/20`. */
export const canonicalSubnet = (cidr: string): string => new Netmask(cidr).toString();

/** The first address of a subnet: the gateway's. */
export const gatewayOf = (subnet: string): string => long2ip(ip2long(new Netmask(subnet).base) + 1);

/** Each pool's slot, by its name. Depends only on the set of names. */
export function slotsOf(pools: readonly { name: string }[]): Map<string, number> {
  const slots = new Map<string, number>();
  const taken = new Set<number>();
  for (const { name } of [...pools].sort(comparePools)) {
    let slot = FIXED_SLOTS[name] ?? FIRST_FREE_SLOT + hashNumber(name, MOST_NAMED_POOLS);
    if (FIXED_SLOTS[name] === undefined) {
      if (taken.size >= MOST_NAMED_POOLS)
        throw new RangeError(`more than ${MOST_NAMED_POOLS} pools with names of their own`);
      while (taken.has(slot)) slot = slot + 1 < SLOTS ? slot + 1 : FIRST_FREE_SLOT;
      taken.add(slot);
    }
    slots.set(name, slot);
  }
  return slots;
}

/** Address of a node; the caller has made sure that the subnet is large enough (see {@link largestOrdinal}). */
export function addressOf(subnet: string, slot: number, ordinal: number): string {
  return long2ip(ip2long(new Netmask(subnet).base) + ordinal * SLOTS + slot);
}

/** First and last address of a row; of row 0 what the gateway leaves to the cloud's own services. */
export function addressRow(subnet: string, row: number): [first: string, last: string] {
  const base = ip2long(new Netmask(subnet).base) + row * SLOTS;
  return [long2ip(base + (row === 0 ? 2 : 0)), long2ip(base + SLOTS - 1)];
}

/** The highest ordinal that a subnet has an address for, at a slot. The last address is the broadcast's. */
export function largestOrdinal(subnet: string, slot: number): number {
  return Math.max(0, Math.floor((new Netmask(subnet).size - 2 - slot) / SLOTS));
}

/** The longest prefix (smallest subnet) with room for `ordinal` at `slot`. */
export function prefixFor(slot: number, ordinal: number): number {
  return 32 - Math.ceil(Math.log2(ordinal * SLOTS + slot + 2));
}

/** Nodes whose planned address differs from the one they have. */
export function movedNodes(
  planned: readonly { name: string; address: string }[],
  observed: readonly { name: string; address: string }[],
): { name: string; planned: string; observed: string }[] {
  const now = new Map(observed.map((node) => [node.name, node.address]));
  return planned.flatMap(({ name, address }) => {
    const has = now.get(name);
    return has === undefined || has === address ? [] : [{ name, planned: address, observed: has }];
  });
}

const candidates = (): number => 2 ** (DEFAULT_PREFIX - new Netmask(DEFAULT_RANGE).bitmask);

const candidate = (index: number): string => {
  const size = 2 ** (32 - DEFAULT_PREFIX);
  return `${long2ip(ip2long(new Netmask(DEFAULT_RANGE).base) + index * size)}/${DEFAULT_PREFIX}`;
};

const overlap = (a: Netmask, b: Netmask): boolean => a.contains(b) || b.contains(a);
