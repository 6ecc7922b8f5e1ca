import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stateId } from "../../../contract/folders.ts";
import { tryTurn } from "../../../contract/turn.ts";
import type { Baker, Images, Preparation, StoredImage } from "../../images/images.ts";
import type { Versions } from "../../images/recipe.ts";
import { TAG } from "../tags.ts";
import { listHosts, type PodmanContainer } from "./host.ts";
import { ensureImage } from "./image.ts";
import { BAKED_REPOSITORY, bakedName, TEMPLATE } from "./image-name.ts";
import { readMachine } from "./machine.ts";
import { engineFlags, limitFlags } from "./machine-needs.ts";
import { imageExists, podman, podmanList } from "./podman.ts";
import { asRoot } from "../../process.ts";
import { inTurnOfAll, turnOfAll } from "./turn.ts";

/** Containers in which images are baked are called so, and by the image's tag. */
const BUILDER = "muster-bake-";

interface PodmanImage {
  Id: string;
  Names?: string[] | null;
  Size: number;
  Created: number;
  Labels?: Record<string, string> | null;
}

/** Baked images of hosts: one store for all users of the machine. */
export const localImages: Images = {
  baker: (versions) => Promise.resolve(bakerOf(versions)),

  async list() {
    const [images, hosts] = await Promise.all([stored(), listHosts()]);
    return images.flatMap((image) => (image.Names ?? []).filter(isBaked).map((name) => described(name, image, hosts)));
  },

  async remove(name) {
    await podman(["rmi", name]);
  },
};

const isBaked = (name: string): boolean => name.startsWith(`${BAKED_REPOSITORY}:`);

const stored = (...filters: string[]): Promise<PodmanImage[]> =>
  podmanList(["images", "--filter", `label=${TAG.image}`, ...filters]);

function described(name: string, image: PodmanImage, hosts: readonly PodmanContainer[]): StoredImage {
  return {
    name,
    made: new Date(image.Created * 1000).toISOString(),
    size: Math.round(image.Size / 2 ** 20),
    own: image.Labels?.[TAG.state] === stateId(),
    usedBy: hosts.filter((host) => host.Image === name).flatMap((host) => host.Names),
  };
}

function bakerOf(versions: Versions): Baker {
  const name = bakedName(versions);
  const tag = name.slice(BAKED_REPOSITORY.length + 1);
  return {
    name,
    template: TEMPLATE,
    find: async () => ((await imageExists(name)) ? name : undefined),
    inTurn: (work) => inTurnOfAll(turnName(tag), work),
    clear: async () => {
      for (const builder of await builders()) if (builder.tag === tag) await removeBuilder(builder.id);
      await removeHalves(name);
    },
    prepare: (folder) => prepare(folder, tag),
  };
}

const turnName = (tag: string): string => `image-${tag}`;

async function prepare(folder: string, tag: string): Promise<Preparation> {
  const base = await ensureImage();
  const facts = await readMachine();
  const program = join(folder, "podman");
  const words = asRoot(["podman", ...engineFlags(facts)]).map((word) => `'${word}'`);
  writeFileSync(program, `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`, { mode: 0o700 });
  const variables = {
    base,
    repository: BAKED_REPOSITORY,
    tag,
    owner: stateId(),
    builder: `${BUILDER}${tag}`,
    podman: program,
    run_flags: limitFlags(facts),
  };
  return { variables };
}

/** What was committed, but not named any more before the build was cut off. */
async function removeHalves(name: string): Promise<void> {
  const halves = await stored("--filter", "dangling=true");
  const own = halves.filter(({ Labels }) => Labels?.[TAG.image] === name);
  // Whoever else clears as well may have been quicker.
  for (const { Id } of own) await podman(["rmi", Id]).catch(() => undefined);
}

/** A container in which somebody bakes, or began to. */
export interface Builder {
  id: string;
  name: string;
  tag: string;
  /** The state folder that made it. */
  state: string;
}

async function builders(): Promise<Builder[]> {
  const rows = await podmanList<PodmanContainer>(["ps", "--all", "--filter", `name=^${BUILDER}`]);
  return rows.flatMap(({ Id, Names, Labels }) =>
    Names.filter((name) => name.startsWith(BUILDER)).map((name) => ({
      id: Id,
      name,
      tag: name.slice(BUILDER.length),
      state: Labels?.[TAG.state] ?? "",
    })),
  );
}

/** Its only program is a shell, which does not end when it is asked to. */
export const removeBuilder = (id: string): Promise<string> => podman(["rm", "--force", "--ignore", "--time", "0", id]);

/** Those that nobody works in any more. */
export async function leftBuilders(): Promise<Builder[]> {
  const left: Builder[] = [];
  for (const builder of await builders()) {
    const turn = await tryTurn(turnOfAll(turnName(builder.tag)));
    if (turn === undefined) continue;
    await turn.release();
    left.push(builder);
  }
  return left;
}
