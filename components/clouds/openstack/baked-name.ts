import { canonicalJson } from "../../../contract/canonical-json.ts";
import { recipeHash, type Versions } from "../../images/recipe.ts";
import type { Image } from "./api/answers.ts";

/** Packer's template of servers' images. */
export const TEMPLATE = "images/baked/openstack.pkr.hcl";

/** Every baked image is called so, and by its content. */
const PREFIX = "muster-baked-";

/** By what they are of: each is asked for once a node, and reads a hundred files. */
const recipes = new Map<string, string>();

/** Twelve characters: what an image is made of. */
export function recipeOf({ id }: Image, versions: Versions): string {
  const of = canonicalJson({ id, versions });
  const recipe = recipes.get(of) ?? recipeHash(TEMPLATE, id, versions);
  recipes.set(of, recipe);
  return recipe;
}

export const bakedName = (recipe: string): string => `${PREFIX}${recipe}`;

export const isBaked = ({ name }: Image): boolean => name?.startsWith(PREFIX) ?? false;
