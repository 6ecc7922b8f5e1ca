import { PROJECT } from "../../images/content.ts";
import { recipeHash, type Versions } from "../../images/recipe.ts";
import type { Image } from "./api/answers.ts";

/** Packer's template of servers' images. */
export const TEMPLATE = "images/baked/openstack.pkr.hcl";

/** Every baked image is called so, and by its content. */
const PREFIX = "muster-baked-";

/** Twelve characters: what an image is made of. */
export const recipeOf = (base: Image, versions: Versions, project = PROJECT): string =>
  recipeHash(TEMPLATE, base.id, versions, project);

export const bakedName = (recipe: string): string => `${PREFIX}${recipe}`;

export const isBaked = ({ name }: Image): boolean => name?.startsWith(PREFIX) ?? false;
