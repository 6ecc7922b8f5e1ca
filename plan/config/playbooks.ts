import type { OwnFile } from "../../contract/own-content.ts";
import type { StepFault } from "./steps.ts";
import { parseYaml, textOf } from "./own-yaml.ts";

/** What is wrong with a playbook, as far as can be seen here. */
export function playbookFaults(files: readonly OwnFile[], name: string): StepFault[] {
  const fault = (found: string, allowed: string): StepFault[] => [{ field: "playbook", found, allowed }];
  const text = textOf(files, name);
  if (text === undefined) return fault(JSON.stringify(name), "cannot be read: no such file");
  const { value, reason } = parseYaml(text);
  if (reason !== undefined) return fault(`${name}: ${reason}`, "correct that line");
  const isPlay = (play: unknown): boolean =>
    typeof play === "object" &&
    play !== null &&
    ["hosts", "import_playbook", "ansible.builtin.import_playbook"].some((key) => key in play);
  return Array.isArray(value) && value.length > 0 && value.every(isPlay)
    ? []
    : fault(`${name}, which is no playbook`, "allowed: a list of plays, each with hosts");
}
