import { z } from "zod";
import { parseGibibytes, parseMebibytes, parseShare } from "./units.ts";

/** Most nodes that one pool may have. */
export const MOST_NODES = 4000;

/*
 * Every builder gives one message for all that can be wrong with a value: what is allowed. Mistakes are printed as
 * "found X, allowed Y", so the message never repeats what was found.
 */

/** A whole number within limits. */
export const wholeNumber = (least: number, most: number) => {
  const error = `allowed: ${least} … ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
};

/** Name of an image: of a container's, or a cloud's. */
export const imageName = () => {
  const error = "allowed: baked, or an image's name";
  return z.string({ error }).regex(/^[^\s-]\S*$/, { error });
};

export const flag = () => z.boolean({ error: "allowed: true or false" });

export const text = (allowed: string) => z.string({ error: allowed }).min(1, { error: allowed });

/** A regular expression that this program and Python on the nodes read alike. */
export const pattern = () => {
  const error = "allowed: a regular expression, without named groups and \\p";
  return z.string({ error }).min(1, { error }).refine(isPattern, { error });
};

function isPattern(text: string): boolean {
  try {
    new RegExp(text, "u");
    // Names are written otherwise in Python, classes by property are unknown to it.
    return !/\(\?<[^=!]|\\p/i.test(text);
  } catch {
    return false;
  }
}

const NAME = "allowed: 1 to 20 of a–z, 0–9 and inner dashes";

/** Name of a cluster or pool: a part of host names. */
export const dnsName = () => z.string({ error: NAME }).regex(/^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$/, { error: NAME });

/** What may stand in `on`. */
export const PLACE = "allowed: a role tag, a pool, a node's name, or all";

const USER = "allowed: a–z first, then a–z, 0–9, - and _, at most 31 characters";

/** A Linux user's name, as Debian's `adduser` accepts it. */
export const userName = () => z.string({ error: USER }).regex(/^[a-z][a-z0-9_-]{0,30}$/, { error: USER });

/** "1 GiB" and the like; stays text, so that mistakes can show it as it was written. */
export const memory = () => {
  const error = 'allowed: "256 MiB" … "24 TiB", with unit (MiB, GiB, TiB; "2G" is 2 GiB)';
  return z.string({ error }).refine((value) => within(parseMebibytes(value), 256, 24 * 2 ** 20), { error });
};

export const disk = () => {
  const error = 'allowed: "1 GiB" … "64 TiB", with unit (GiB, TiB; "20G" is 20 GiB)';
  return z.string({ error }).refine((value) => within(parseGibibytes(value), 1, 64 * 2 ** 10), { error });
};

/** A number of nodes, or a part of them: `2`, `"90%"`. */
export const share = (least: number) => {
  const error = `allowed: ${least} … ${MOST_NODES}, or a share such as "90%"`;
  return z.union(
    [
      z.int({ error }).min(least, { error }).max(MOST_NODES, { error }),
      z.string({ error }).refine((value) => parseShare(value, 100) !== undefined, { error }),
    ],
    { error },
  );
};

const ADDRESS = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;

export const ipv4 = () => {
  const error = "allowed: an IPv4 address such as 192.168.1.1";
  return z.string({ error }).regex(ADDRESS, { error });
};

/** Whether a text is an IPv4 network in CIDR notation, host bits or not. */
function isCidr(value: string): boolean {
  const [address, prefix, ...rest] = value.split("/");
  if (address === undefined || prefix === undefined || rest.length > 0) return false;
  return ADDRESS.test(address) && /^\d{1,2}$/.test(prefix) && Number(prefix) <= 32;
}

export const cidr = (example: string) => {
  const error = `allowed: a network such as ${example}`;
  return z.string({ error }).refine(isCidr, { error });
};

function within(value: number | undefined, least: number, most: number): boolean {
  return value !== undefined && value >= least && value <= most;
}
