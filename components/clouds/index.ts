import { UserMistakes } from "../../plan/mistake.ts";
import type { Cloud } from "./cloud.ts";

/**
 * Looks at a cloud and returns it.
 * @param options The cloud's own, as the user wrote them; it checks them itself.
 */
export type CloudFactory = (options: Record<string, unknown>) => Promise<Cloud>;

/** Every cloud there is, by name. Each is loaded when it is asked for: a laptop needs no cloud's SDK. */
export const clouds: Readonly<Record<string, CloudFactory>> = {
  local: async (options) => {
    refuseOptions("local", options);
    return (await import("./local/local-cloud.ts")).localCloud();
  },
};

/** For clouds that have nothing to set. */
function refuseOptions(name: string, options: Record<string, unknown>): void {
  const mistakes = Object.keys(options).map((option) => ({
    path: `muster:cloud.${option}`,
    found: "unknown name",
    allowed: `the cloud "${name}" has no options`,
  }));
  if (mistakes.length > 0) throw new UserMistakes(mistakes);
}
