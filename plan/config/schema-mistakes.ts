import { z } from "zod";
import type { Mistake } from "../mistake.ts";
import { describeFound, describePath, valueAt } from "./found.ts";
import { suggestion } from "./nearest.ts";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** A parsed value, or every mistake in it; `damaged` names the top-level fields that hold them. */
export type Parsed<T> = { value: T; mistakes: [] } | { value: undefined; mistakes: Mistake[]; damaged: Set<string> };

/**
 * Checks plain data against a schema and turns what is wrong into mistakes: path, what was found, what is allowed.
 * @param prefix config path of `raw` itself, e.g. `muster:clusters[0]`
 */
export function parseWith<T>(schema: z.ZodType<T>, raw: unknown, prefix: string): Parsed<T> {
  const result = schema.safeParse(raw, { error: describeIssue });
  if (result.success) return { value: result.data, mistakes: [] };
  const found = result.error.issues.flatMap((issue) => unfold(issue, []));
  const mistakes = new Map<string, Mistake>();
  for (const { issue, path } of found) {
    for (const mistake of asMistakes(schema, raw, prefix, issue, path)) {
      if (!mistakes.has(mistake.path)) mistakes.set(mistake.path, mistake);
    }
  }
  const damaged = new Set(found.flatMap(({ issue, path }) => topFields(issue, path)));
  return { value: undefined, mistakes: [...mistakes.values()], damaged };
}

/** Replaces a union's issue by those of the one form that the user evidently meant. */
function unfold(issue: Issue, base: Path): { issue: Issue; path: Path }[] {
  const path = [...base, ...issue.path];
  if (issue.code !== "invalid_union") return [{ issue, path }];
  const meant = issue.errors.find(
    (branch) => !branch.some((inner) => inner.code === "invalid_type" && inner.path.length === 0),
  );
  return meant === undefined ? [{ issue, path }] : meant.flatMap((inner) => unfold(inner, path));
}

function asMistakes(schema: z.ZodType, raw: unknown, prefix: string, issue: Issue, path: Path): Mistake[] {
  if (issue.code === "unrecognized_keys") {
    const valid = keysAt(schema, path);
    return issue.keys.map((key) => ({
      path: describePath(prefix, [...path, key]),
      found: "unknown name",
      allowed: suggestion(key, valid),
    }));
  }
  const value = valueAt(raw, path);
  const where = describePath(prefix, path);
  if (issue.code === "invalid_key") {
    const key = String(path.at(-1));
    return [
      { path: where, found: `name ${describeFound(key, [])}`, allowed: issue.issues[0]?.message ?? issue.message },
    ];
  }
  if (issue.code === "invalid_value") {
    const allowed = suggestion(typeof value === "string" ? value : "", issue.values.map(String));
    return [{ path: where, found: describeFound(value, path), allowed }];
  }
  return [{ path: where, found: describeFound(value, path), allowed: issue.message }];
}

/** Messages for schemas that bring none of their own, e.g. services' options. */
function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return `allowed: ${TYPES[issue.expected] ?? issue.expected}`;
    case "too_small":
      return `allowed: ${issue.origin === "array" ? "a list of " : ""}at least ${issue.minimum}`;
    case "too_big":
      return `allowed: ${issue.origin === "array" ? "a list of " : ""}at most ${issue.maximum}`;
    default:
      return undefined;
  }
}

const TYPES: Partial<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "a text",
  boolean: "true or false",
  array: "a list",
  object: "a map of fields",
  record: "a map",
};

function topFields(issue: Issue, path: Path): string[] {
  const first = path[0];
  if (first !== undefined) return [String(first)];
  return issue.code === "unrecognized_keys" ? issue.keys : [];
}

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
}

/** Names that are valid inside the value at a path. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  let level: JsonSchema[] = [outline(schema)];
  const open = (forms: JsonSchema[]): JsonSchema[] => forms.flatMap((form) => [form, ...open(form.anyOf ?? [])]);
  for (const step of path) {
    level = open(level).flatMap((form) => {
      if (typeof step === "number") return form.items === undefined ? [] : [form.items];
      const own = form.properties?.[String(step)];
      if (own !== undefined) return [own];
      return typeof form.additionalProperties === "object" ? [form.additionalProperties] : [];
    });
  }
  return [...new Set(open(level).flatMap((form) => Object.keys(form.properties ?? {})))];
}

const outlines = new WeakMap<z.ZodType, JsonSchema>();

function outline(schema: z.ZodType): JsonSchema {
  const known =
    outlines.get(schema) ??
    (z.toJSONSchema(schema, { io: "input", unrepresentable: "any", reused: "inline" }) as JsonSchema);
  outlines.set(schema, known);
  return known;
}
