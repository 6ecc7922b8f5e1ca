import { contentHash, filesOf, PROJECT } from "../../images/content.ts";
import { recipeHash, type Versions } from "../../images/recipe.ts";

/** Every image of hosts, whatever its tag. */
export const REPOSITORY = "localhost/muster/host";

/** Every baked image of hosts. */
export const BAKED_REPOSITORY = "localhost/muster/baked";

/** Packer's template of baked images. */
export const TEMPLATE = "images/baked/local.pkr.hcl";

export const RELEASE = "bookworm";

const ROLES_LISTS = "roles/*/vars/packages.yml";

/** The roles' lists of packages. Relative to the project's folder. */
export const rolesPackageLists = (project = PROJECT): string[] => filesOf([ROLES_LISTS], project);

/** Files that an image of hosts is made of. Relative to the project's folder. */
export const recipeFiles = (project = PROJECT): string[] => filesOf(["images/local/**", ROLES_LISTS], project);

/** Name of the image that the recipe makes: by content, so that equal recipes make it once. */
export const imageName = (project = PROJECT): string =>
  `${REPOSITORY}:debian-12-${contentHash(recipeFiles(project), project)}`;

/** Name of the image in which everything is installed, by what it is made of: that of hosts among it. */
export const bakedName = (versions: Versions, project = PROJECT): string =>
  `${BAKED_REPOSITORY}:debian-12-${recipeHash(TEMPLATE, imageName(project), versions, project)}`;

/** What a person's name of an image means among those in podman's store. */
export function storedName(wanted: string, stored: readonly string[]): string | undefined {
  const names = [wanted, `${wanted}:latest`].flatMap((name) => [name, `localhost/${name}`]);
  return names.find((name) => stored.includes(name));
}
