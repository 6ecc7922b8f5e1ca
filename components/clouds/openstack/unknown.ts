import { suggestion } from "../../../plan/config/nearest.ts";
import type { Mistake } from "../../../plan/mistake.ts";

/** That what an option names is not there. `names`: what is. */
export const unknown = (path: string, name: string, names: readonly string[]): Mistake => ({
  path,
  found: JSON.stringify(name),
  allowed: `there is none of that name; ${suggestion(name, [...new Set(names)].sort())}`,
});
