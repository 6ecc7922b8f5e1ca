import { posix } from "node:path";
import type { OwnStepKind } from "../../contract/node-view.ts";
import { packOwnContent } from "../../contract/own-content.ts";
import type { OwnFile } from "../../contract/own-content.ts";
import type { StepSpec } from "../spec.ts";
import { playbookFaults } from "./playbooks.ts";
import { roleFaults } from "./roles.ts";
import type { StepConfig } from "./step-schema.ts";
import { repetitions } from "./tagged-mistake.ts";
import type { TaggedMistake } from "./tagged-mistake.ts";

/**
 * Reads a file or everything below a folder, by a path relative to the project; paths in the answer are relative to the
 * folder, or the file's own name. Throws an Error with a reason for people.
 */
export type ReadOwn = (path: string) => OwnFile[];

/** What is wrong with the files of a step, and which of its fields says so. */
export interface StepFault {
  /** `role`, `vars.motd_text`, … */
  field: string;
  found: string;
  allowed: string;
}

/** The fields that belong to each kind of step, beside those of all. */
const FIELDS: Record<OwnStepKind, readonly (keyof StepConfig)[]> = {
  role: ["vars"],
  playbook: ["vars"],
  script: ["args", "user", "timeout"],
  file: ["to", "owner", "group", "mode"],
  packages: [],
};
const KINDS = Object.keys(FIELDS) as OwnStepKind[];

const SCRIPT_SECONDS = 600;

/** The user's own steps with their files, and what is wrong with them but for where they are. */
export function expandSteps(
  written: readonly StepConfig[],
  readOwn: ReadOwn,
): { steps: StepSpec[]; mistakes: TaggedMistake[] } {
  const mistakes: TaggedMistake[] = [];
  const refuse = (path: string, found: string, allowed: string) =>
    mistakes.push({ path, found, allowed, judgedBy: ["steps"] });
  const steps = written.map((one, at): StepSpec => {
    const kinds = KINDS.filter((kind) => one[kind] !== undefined);
    const [kind = "script"] = kinds;
    if (kinds.length !== 1) {
      refuse(`steps[${at}]`, kinds.join(" and ") || "none of them", `needed: exactly one of ${KINDS.join(", ")}`);
      return { name: one.name ?? `#${at}`, on: one.on, when: one.when, kind, source: "", files: [] };
    }
    const strange = KINDS.flatMap((other) => FIELDS[other]).filter((field) => !FIELDS[kind].includes(field));
    for (const field of new Set(strange)) {
      const owner = KINDS.filter((other) => FIELDS[other].includes(field)).join(" or ");
      if (one[field] !== undefined) refuse(`steps[${at}].${String(field)}`, `beside ${kind}`, `belongs to ${owner}`);
    }
    if (kind === "file" && one.to === undefined)
      refuse(`steps[${at}].to`, "nothing", "needed: where the file goes, an absolute path");
    const { faults, ...found } = read(kind, one, readOwn);
    for (const { field, found: what, allowed } of faults) refuse(`steps[${at}].${field}`, what, allowed);
    return { ...described(kind, one), ...found };
  });
  for (const { value, at } of repetitions(steps.map(({ name }) => name)))
    refuse(`steps[${at}].name`, JSON.stringify(value), "used twice; give every step a name of its own");
  return { steps, mistakes };
}

function described(kind: OwnStepKind, one: StepConfig): Omit<StepSpec, "files"> {
  const source = kind === "packages" ? (one.packages ?? []).join(" ") : String(one[kind]);
  const { on, when, vars, args, user, to, owner, group, mode, packages } = one;
  const name = one.name ?? `${kind} ${kind === "packages" ? source.slice(0, 50) : posix.basename(source)}`;
  const own = { vars, args, user, to, owner, group, mode, packages };
  return {
    ...{ name, on, when, kind, source },
    ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)),
    ...(kind === "script" ? { timeoutSeconds: one.timeout ?? SCRIPT_SECONDS } : {}),
  };
}

/** A step's files under the name of their content, which of them is run, and what is wrong with them. */
function read(
  kind: OwnStepKind,
  one: StepConfig,
  readOwn: ReadOwn,
): Partial<StepSpec> & { files: OwnFile[]; faults: StepFault[] } {
  const faults: StepFault[] = [];
  const attempt = (path: string, field: string): OwnFile[] => {
    try {
      return readOwn(path);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      faults.push({ field, found: JSON.stringify(path), allowed: `cannot be read: ${reason}` });
      return [];
    }
  };
  const carry = (files: OwnFile[], more: Partial<StepSpec>) => ({
    ...more,
    ...(files.length === 0 ? {} : { content: packOwnContent({ files }).sha }),
    files,
    faults,
  });
  const whole = (path: string, field: string) => {
    const files = attempt(path, field);
    return { files, readable: faults.length === 0 };
  };
  if (kind === "packages") {
    const debs = (one.packages ?? []).map((name, at) => ({ name, at })).filter(({ name }) => name.endsWith(".deb"));
    const packages = (one.packages ?? []).map((name) => (name.endsWith(".deb") ? posix.basename(name) : name));
    return carry(
      debs.flatMap(({ name, at }) => attempt(name, `packages[${at}]`)),
      { packages },
    );
  }
  const path = posix.normalize(String(one[kind])).replace(/\/$/, "");
  const name = posix.basename(path);
  if (kind === "playbook") {
    const folder = posix.dirname(path);
    if (folder === ".") {
      const allowed =
        "lies in the project's own folder, all of which would go to the nodes: give it a folder of its own";
      faults.push({ field: kind, found: JSON.stringify(path), allowed });
      return carry([], { entry: name });
    }
    const { files, readable } = whole(folder, kind);
    if (readable) faults.push(...playbookFaults(files, name));
    return carry(files, { entry: name });
  }
  const { files, readable } = whole(path, kind);
  if (kind === "role") {
    if (readable) faults.push(...roleFaults(files, name, one.vars ?? {}));
    return carry(
      files.map((file) => ({ ...file, path: `roles/${name}/${file.path}` })),
      { entry: name },
    );
  }
  if (kind === "script") {
    if (readable && files[0]?.path !== name)
      faults.push({
        field: kind,
        found: `${JSON.stringify(path)}, a folder`,
        allowed: "allowed: the path of a script",
      });
    return carry(
      files.map((file) => ({ ...file, executable: true })),
      { entry: name },
    );
  }
  // A file is put where `to` says under that name, a folder's files below it.
  return carry(files, files.length === 1 && files[0]?.path === name ? { entry: name } : {});
}
