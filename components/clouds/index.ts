import type { Images } from "../images/images.ts";
import type { Cloud, ObservedMachine, Sweeper } from "./cloud.ts";

type Options = Record<string, unknown>;

/**
 * What stands in `clouds/<name>/entry.ts` as its `entry`. Every part is loaded when it is asked for: a laptop needs no
 * cloud's SDK, and a look at machines needs neither the engine nor the cloud's resources.
 */
export interface CloudEntry {
  /**
   * Looks at the cloud and returns it.
   * @param options The cloud's own, as the user wrote them; it checks them itself, here and below.
   */
  open(options: Options): Promise<Cloud>;
  /** Looks at all machines once; then answers for each cluster, by its id. */
  observer(options: Options): Promise<(clusterId: string) => ObservedMachine[]>;
  sweeper(options: Options): Promise<Sweeper>;
  /** Its images; absent where none can be baked. */
  images?(options: Options): Promise<Images>;
}

/** Every cloud there is, by name: the one line that a cloud needs outside its folder. */
const clouds: Readonly<Record<string, () => Promise<{ entry: CloudEntry }>>> = {
  local: () => import("./local/entry.ts"),
  openstack: () => import("./openstack/entry.ts"),
};

/** Names of the clouds there are. */
export const cloudNames: readonly string[] = Object.keys(clouds);

/** A cloud's entry by its name; undefined when there is no such cloud. */
export async function cloudEntry(name: string): Promise<CloudEntry | undefined> {
  return Object.hasOwn(clouds, name) ? (await clouds[name]?.())?.entry : undefined;
}
