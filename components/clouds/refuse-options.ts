import { UserMistakes } from "../../plan/mistake.ts";

/**
 * For clouds that have nothing to set.
 * @throws UserMistakes that name each option
 */
export function refuseOptions(name: string, options: Record<string, unknown>): void {
  const mistakes = Object.keys(options).map((option) => ({
    path: `muster:cloud.${option}`,
    found: "unknown name",
    allowed: `the cloud "${name}" has no options`,
  }));
  if (mistakes.length > 0) throw new UserMistakes(mistakes);
}
