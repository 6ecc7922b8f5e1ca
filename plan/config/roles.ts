import { z } from "zod";
import type { OwnFile } from "../../contract/own-content.ts";
import { parseYaml, textOf } from "./own-yaml.ts";
import { parseWith } from "./schema-mistakes.ts";
import type { StepFault } from "./steps.ts";

const SPECS = ["meta/argument_specs.yml", "meta/argument_specs.yaml"];

/** Ansible's types of arguments, each with what a value of it may be here; what Ansible converts, it may be. */
const TYPES: Record<string, (value: unknown) => boolean> = {
  str: (value) => typeof value !== "object",
  path: (value) => typeof value !== "object",
  int: (value) => Number.isInteger(value) || (typeof value === "string" && /^\s*-?\d+\s*$/.test(value)),
  float: (value) =>
    typeof value === "number" || (typeof value === "string" && value.trim() !== "" && !Number.isNaN(Number(value))),
  bool: (value) => typeof value === "boolean" || /^(yes|no|on|off|true|false|y|n|t|f|1|0)$/i.test(String(value)),
  list: (value) => Array.isArray(value) || typeof value === "string",
  dict: (value) => (typeof value === "object" && value !== null && !Array.isArray(value)) || typeof value === "string",
  raw: () => true,
  json: () => true,
  jsonarg: () => true,
  bytes: () => true,
  bits: () => true,
};
const typeNames = Object.keys(TYPES);

const option = z.looseObject({
  type: z.enum(typeNames, { error: `allowed: ${typeNames.join(", ")}` }).default("str"),
  required: z.union([z.boolean(), z.stringbool()], { error: "allowed: true or false" }).default(false),
  choices: z.array(z.unknown(), { error: "allowed: a list of values" }).optional(),
});

const specs = z.looseObject({
  argument_specs: z.record(
    z.string(),
    z.looseObject({
      options: z
        .union([z.null(), z.record(z.string(), option)], { error: "allowed: a map from variable to what it may be" })
        .optional(),
    }),
    { error: "allowed: a map from entry point to its options" },
  ),
});

/** What is wrong with a role and the variables that it is given, as far as can be seen here. */
export function roleFaults(
  files: readonly OwnFile[],
  name: string,
  vars: Readonly<Record<string, unknown>>,
): StepFault[] {
  const fault = (found: string, allowed: string): StepFault => ({ field: "role", found, allowed });
  if (!/^[A-Za-z_][\w-]*$/.test(name))
    return [fault(JSON.stringify(name), "allowed: a role's name as that of its folder")];
  if (textOf(files, "tasks/main.yml", "tasks/main.yaml") === undefined)
    return [fault(`${JSON.stringify(name)}, which is no role`, "needed: tasks/main.yml in it")];
  const broken = files
    .filter(({ path }) => /^(tasks|handlers|defaults|vars|meta)\/.*\.ya?ml$/.test(path))
    .flatMap((file) => {
      const { reason } = parseYaml(textOf([file], file.path) ?? "");
      return reason === undefined ? [] : [fault(`${file.path}: ${reason}`, "correct that line")];
    });
  const text = textOf(files, ...SPECS);
  if (broken.length > 0 || text === undefined) return broken;
  const parsed = parseWith(specs, parseYaml(text).value, "");
  if (parsed.value === undefined)
    return parsed.mistakes.map(({ path, found, allowed }) => fault(`${SPECS[0]}: ${path}: ${found}`, allowed));
  const options = parsed.value.argument_specs["main"]?.options ?? {};
  const given = new Set([...Object.keys(vars), ...namesIn(files, "defaults"), ...namesIn(files, "vars")]);
  return Object.entries(options).flatMap(([variable, wanted]) => {
    const field = `vars.${variable}`;
    if (!given.has(variable)) return wanted.required ? [{ field, found: "nothing", allowed: "the role needs it" }] : [];
    const value = vars[variable];
    // What is worked out on the node is judged there.
    if (value === undefined || (typeof value === "string" && value.includes("{{"))) return [];
    const found = typeof value === "object" ? "a list or map" : JSON.stringify(value);
    if (TYPES[wanted.type]?.(value) === false)
      return [{ field, found, allowed: `allowed: ${wanted.type}, says the role` }];
    const values: unknown[] = Array.isArray(value) ? value : [value];
    const { choices } = wanted;
    const strange = choices !== undefined && values.some((one) => !choices.map(String).includes(String(one)));
    return strange ? [{ field, found, allowed: `allowed: ${choices.map(String).join(", ")}` }] : [];
  });
}

/** Variables that a role sets by itself. */
function namesIn(files: readonly OwnFile[], folder: "defaults" | "vars"): string[] {
  const main = new RegExp(`^${folder}/main(\\.ya?ml$|/)`);
  return files
    .filter(({ path }) => main.test(path))
    .flatMap((file) => {
      const { value } = parseYaml(textOf([file], file.path) ?? "");
      return typeof value === "object" && value !== null ? Object.keys(value) : [];
    });
}
