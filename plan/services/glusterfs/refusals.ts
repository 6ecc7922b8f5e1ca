import type { Mistake } from "../../mistake.ts";
import type { ServiceContext } from "../../service.ts";
import { exportsOf } from "../nfs/exports.ts";
import { nfsOptions } from "../nfs/options.ts";
import { overlap, placeMistake } from "../shared/paths.ts";
import type { GlusterfsOptions } from "./options.ts";

/** Copies of each file where nobody says how many. */
const USUAL = 3;

/** Copies of each file on so many storage nodes. */
export const copiesOf = ({ replica }: GlusterfsOptions, bricks: number): number =>
  replica ?? Math.max(1, Math.min(USUAL, bricks));

/** What cannot work; paths relative to the cluster. */
export function glusterfsMistakes(context: ServiceContext<GlusterfsOptions>): Mistake[] {
  return [...copyMistakes(context), ...pathMistakes(context), ...folderMistakes(context.options)];
}

function copyMistakes({ options, nodesWith }: ServiceContext<GlusterfsOptions>): Mistake[] {
  const bricks = nodesWith("glusterd").length;
  const copies = copiesOf(options, bricks);
  if (options.arbiter && copies !== USUAL)
    return [
      {
        path: "services.glusterfs.arbiter",
        found: `${copies} copies`,
        allowed: "with replica: 3 only, the third being it",
      },
    ];
  if (bricks === 0 || bricks % copies === 0) return [];
  const path = "services.glusterfs.replica";
  const found = `${copies} copies on ${bricks} storage ${bricks === 1 ? "node" : "nodes"}`;
  if (copies > bricks)
    return [{ path, found, allowed: `1 … ${bricks}: each copy of a file is on a storage node of its own` }];
  const divisors = Array.from({ length: bricks }, (_, at) => at + 1).filter((number) => bricks % number === 0);
  const more = Math.ceil(bricks / copies) * copies;
  const allowed = `${divisors.join(", ")}, or ${more - copies} or ${more} storage nodes: they come and go by as many as there are copies`;
  return [{ path, found, allowed }];
}

function pathMistakes({ options: { path }, optionsOf }: ServiceContext<GlusterfsOptions>): Mistake[] {
  const refuse = (allowed: string): Mistake[] => [{ path: "services.glusterfs.path", found: path, allowed }];
  const hidden = placeMistake(path);
  if (hidden !== undefined) return refuse(hidden);
  const nfs = nfsOptions.optional().parse(optionsOf("nfs"));
  const near = nfs === undefined ? undefined : exportsOf(nfs).find((one) => overlap(path, one.path));
  return near === undefined ? [] : refuse(`neither within what nfs shares nor around it (${near.path})`);
}

function folderMistakes({ folders }: GlusterfsOptions): Mistake[] {
  return folders.flatMap(({ name }, at) =>
    folders.findIndex((other) => other.name === name) === at
      ? []
      : [{ path: `services.glusterfs.folders[${at}].name`, found: name, allowed: "each folder once" }],
  );
}
