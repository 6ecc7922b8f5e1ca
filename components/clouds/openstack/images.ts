import { stateId } from "../../../contract/folders.ts";
import { UserMistakes } from "../../../plan/mistake.ts";
import type { Baker, Images, Preparation, StoredImage } from "../../images/images.ts";
import type { Versions } from "../../images/recipe.ts";
import { inOwnTurn } from "../own-turn.ts";
import { TAG } from "../tags.ts";
import type { Image } from "./api/answers.ts";
import type { OpenStackApi } from "./api/client.ts";
import { bakedName, isBaked, recipeOf, TEMPLATE } from "./baked-name.ts";
import { bakeryOf, groupsOf } from "./baking.ts";
import { builderName, builders, removeBuilder, removeTraces } from "./builders.ts";
import type { Credentials } from "./credentials.ts";
import type { OpenStackOptions } from "./options.ts";
import { takeReadings } from "./readings.ts";
import { imageMistakes } from "./sizes.ts";
import { OURS } from "./tags.ts";

/** Baked images of servers: in the project's own store, seen by everybody in the project. */
export function openstackImages(api: OpenStackApi, options: OpenStackOptions, credentials: Credentials): Images {
  const stored = async (): Promise<Image[]> => (await api.ownImages()).filter(isBaked);
  return {
    baker: (versions) => bakerOf(api, options, credentials, versions),

    async list() {
      const [images, servers] = await Promise.all([stored(), api.servers(OURS)]);
      return images.map((image): StoredImage => {
        const usedBy = servers.filter((server) => typeof server.image === "object" && server.image?.id === image.id);
        return {
          name: image.name ?? image.id,
          made: image.created_at,
          size: Math.round((image.size ?? 0) / 2 ** 20),
          own: image[TAG.state] === stateId(),
          usedBy: usedBy.map(({ name }) => name),
        };
      });
    },

    async remove(name) {
      for (const image of await stored())
        if (image.name === name) await api.remove("image", `/images/${image.id}`, `image ${name}`);
    },
  };
}

async function bakerOf(
  api: OpenStackApi,
  options: OpenStackOptions,
  credentials: Credentials,
  versions: Versions,
): Promise<Baker> {
  const readings = await takeReadings(api, options, credentials.source);
  const [base] = readings.images;
  if (base === undefined) throw new UserMistakes(imageMistakes(options, readings, new Map()));
  const recipe = recipeOf(base, versions);
  const [name, builder] = [bakedName(recipe), builderName(recipe)];

  function prepare(): Promise<Preparation> {
    const bakery = bakeryOf(options, readings);
    if (Array.isArray(bakery)) throw new UserMistakes(bakery);
    const { cloud, region, endpointType } = credentials;
    const variables = {
      name,
      builder,
      base: bakery.base.id,
      flavor: bakery.flavor.id,
      network: bakery.network.id,
      security_groups: groupsOf(options),
      external_network: bakery.external?.id ?? "",
      login_user: options.bake.loginUser,
      cloud: cloud ?? "",
      region: region ?? "",
      endpoint_type: endpointType,
      owner: stateId(),
    };
    return Promise.resolve({ variables });
  }

  return {
    name,
    template: TEMPLATE,
    find: async () => (await api.images({ name, visibility: "private" }))[0]?.id,
    inTurn: (work) => inOwnTurn(builder, work),
    clear: async () => {
      for (const one of await builders(api)) if (one.name === builder) await removeBuilder(api, one);
      await removeTraces(api, recipe);
    },
    prepare,
  };
}
