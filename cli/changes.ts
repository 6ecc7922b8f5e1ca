import type { ResourceStep } from "./engine/engine.ts";

/** What an update would do, in people's words. */
export interface Changes {
  made: string[];
  changed: string[];
  /** Taken away, or taken away and made anew. */
  leaving: string[];
}

/** Sorts a preview's steps. The stack itself and providers are no things of the user's. */
export function changesOf(steps: readonly ResourceStep[]): Changes {
  const changes: Changes = { made: [], changed: [], leaving: [] };
  for (const { urn, op } of steps) {
    const [, , type = "", name = urn] = urn.split("::");
    if (/(^|\$)pulumi:(pulumi|providers)/.test(type)) continue;
    if (op === "delete" || op === "replace" || op === "delete-replaced" || op === "discard") {
      if (!changes.leaving.includes(name)) changes.leaving.push(name);
    } else if (op === "create") changes.made.push(name);
    else if (op === "update") changes.changed.push(name);
  }
  return changes;
}

/** Whether nothing would happen. */
export const isNothing = ({ made, changed, leaving }: Changes): boolean =>
  made.length + changed.length + leaving.length === 0;

/** `makes dev-worker-3; changes dev-ready; takes away dev-worker-2`. */
export function describeChanges({ made, changed, leaving }: Changes): string {
  const part = (verb: string, names: string[]): string[] => (names.length === 0 ? [] : [`${verb} ${listed(names)}`]);
  return [...part("makes", made), ...part("changes", changed), ...part("takes away", leaving)].join("; ");
}

export function listed(names: readonly string[], most = 8): string {
  const shown = names.slice(0, most).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
