import { createHash } from "node:crypto";
import { hashNumber } from "../../hash.ts";
import { parseGibibytes } from "../../config/units.ts";
import type { Mistake } from "../../mistake.ts";
import { overlap, placeMistake } from "../shared/paths.ts";
import type { NfsOptions } from "./options.ts";

/** One shared folder as nodes see it. */
export interface Export {
  /** Where it is mounted. */
  path: string;
  /** Where the server keeps it, and its name in NFS. */
  source: string;
  /** By which clients know it, whatever disk it is on and whatever else is shared: for NFS-Ganesha, and for the kernel's server. */
  id: number;
  fsid: string;
  mode: string;
  rootSquash: boolean;
  /** GiB; 0 = none. */
  quota: number;
}

/** Where nodes have the homes; `/home/<user>` leads there. */
export const HOME_PATH = "/nfs/home";

/** Everything that is shared, homes first. */
export function exportsOf(options: NfsOptions): Export[] {
  const { home, homeQuota, exports = home ? [] : [{ path: "/shared" }] } = options;
  const homes = { path: HOME_PATH, mode: "0755", quota: homeQuota };
  const all: NonNullable<NfsOptions["exports"]> = [...(home ? [homes] : []), ...exports];
  return all.map(({ path, quota, mode = "1777", rootSquash = true }) => ({
    path,
    source: path === HOME_PATH ? "/data/nfs/home" : `/data/nfs/shared${path}`,
    id: idOf(path),
    fsid: uuidOf(path),
    mode,
    rootSquash,
    quota: quota === undefined ? 0 : (parseGibibytes(quota) ?? 0),
  }));
}

/** What cannot be shared as it is wanted; paths relative to the cluster. */
export function exportMistakes(options: NfsOptions): Mistake[] {
  const all = exportsOf(options);
  if (all.length === 0)
    return [
      { path: "services.nfs", found: "nothing to share", allowed: "needed: home: true, or at least one of exports" },
    ];
  const lonely =
    options.homeQuota !== undefined && !options.home
      ? [{ path: "services.nfs.homeQuota", found: options.homeQuota, allowed: "only with home: true" }]
      : [];
  const written = options.exports ?? [];
  return [...lonely, ...written.flatMap(({ path }, at) => mistakesOf(path, at, written.slice(0, at)))];
}

function mistakesOf(path: string, at: number, before: readonly { path: string }[]): Mistake[] {
  const refuse = (allowed: string): Mistake[] => [{ path: `services.nfs.exports[${at}].path`, found: path, allowed }];
  const hidden = placeMistake(path);
  if (hidden !== undefined) return refuse(hidden);
  const near = before.find((other) => overlap(path, other.path));
  if (near !== undefined)
    return refuse(
      near.path === path ? "shared once is enough" : `neither within another export nor around it (${near.path})`,
    );
  const alike = before.find((other) => idOf(other.path) === idOf(path));
  return alike === undefined ? [] : refuse(`another name: by chance its number is that of ${alike.path}`);
}

/** 1 … 60000, by the path alone: what else is shared comes and goes. */
const idOf = (path: string): number => 1 + hashNumber(`export ${path}`, 60_000);

function uuidOf(path: string): string {
  const digits = createHash("sha256").update(`export ${path}`).digest("hex");
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20, 32),
  ].join("-");
}
