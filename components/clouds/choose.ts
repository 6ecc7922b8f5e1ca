import type { CloudChoice } from "../../plan/config/read.ts";
import { suggestion } from "../../plan/config/nearest.ts";
import { UserMistakes } from "../../plan/mistake.ts";
import type { Cloud } from "./cloud.ts";
import { cloudEntry, cloudNames } from "./index.ts";

/**
 * The cloud that a stack's config names, with a fresh look at what stands there.
 * @param path config path of the choice
 * @throws UserMistakes when there is no such cloud, or its options are wrong
 */
export async function chooseCloud({ name, options }: CloudChoice, path = "muster:cloud"): Promise<Cloud> {
  const entry = await cloudEntry(name);
  if (entry === undefined) {
    throw new UserMistakes([{ path, found: JSON.stringify(name), allowed: suggestion(name, cloudNames) }]);
  }
  return entry.open(options);
}
