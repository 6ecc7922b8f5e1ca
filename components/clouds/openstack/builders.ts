import { stateId } from "../../../contract/folders.ts";
import { tryTurn } from "../../../contract/turn.ts";
import { ownTurn } from "../own-turn.ts";
import { TAG } from "../tags.ts";
import type { OpenStackApi } from "./api/client.ts";
import { bakedName } from "./baked-name.ts";

/** Servers in which images are baked, and the key pairs to log in to them. */
const PREFIX = "muster-bake-";

/** One state folder has one for one image. */
export const builderName = (recipe: string, state = stateId()): string => `${PREFIX}${recipe}-${state}`;

/** Somebody bakes in it, or began to. */
export interface Builder {
  id: string;
  name: string;
  recipe: string;
  /** The state folder that made it. */
  state: string;
}

export async function builders(api: OpenStackApi): Promise<Builder[]> {
  const pattern = new RegExp(`^${PREFIX}(?<recipe>[0-9a-f]+)-(?<state>[0-9a-f]+)$`);
  return (await api.serversNamed(`^${PREFIX}`)).flatMap(({ id, name, status }) => {
    const { recipe, state } = pattern.exec(name)?.groups ?? {};
    // Nova lists a server for a while after nothing is left of it.
    return recipe === undefined || state === undefined || status === "DELETED" ? [] : [{ id, name, recipe, state }];
  });
}

/** Those in which nobody with this state folder works any more; of other state folders all. */
export async function leftBuilders(api: OpenStackApi): Promise<Builder[]> {
  const left: Builder[] = [];
  for (const builder of await builders(api)) {
    if (builder.state === stateId()) {
      const turn = await tryTurn(ownTurn(builder.name));
      if (turn === undefined) continue;
      await turn.release();
    }
    left.push(builder);
  }
  return left;
}

/** Takes a server away with all that Packer made beside it. */
export async function removeBuilder(api: OpenStackApi, { id, name, recipe, state }: Builder): Promise<void> {
  const ports = new Set((await api.ports({ device_id: id })).map((port) => port.id));
  for (const address of await api.floatingIps()) {
    if (address.port_id && ports.has(address.port_id))
      await api.remove("network", `/floatingips/${address.id}`, `floating IP ${address.floating_ip_address}`);
  }
  await api.remove("compute", `/servers/${id}`, `server ${name}`);
  await api.gone("compute", `/servers/${id}`, `server ${name}`);
  await removeTraces(api, recipe, state);
}

/** What may be left where the server is gone already: its key pair, and images that were never done. */
export async function removeTraces(api: OpenStackApi, recipe: string, state = stateId()): Promise<void> {
  const pair = builderName(recipe, state);
  await api.remove("compute", `/os-keypairs/${pair}`, `key pair ${pair}`);
  const name = bakedName(recipe);
  for (const image of await api.imagesInAnyState({ name })) {
    if (image.status === "active" || image[TAG.state] !== state) continue;
    await api.remove("image", `/images/${image.id}`, `image ${name}`);
  }
}
