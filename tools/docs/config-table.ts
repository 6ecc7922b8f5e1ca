import { z } from "zod";
import { clusterSchema } from "../../plan/config/cluster-schema.ts";

/*
 * Prints the README's table of config fields from the schema: `node tools/docs/config-table.ts`.
 * Default values and units are part of each field's description.
 */

interface JsonSchema {
  type?: string;
  description?: string;
  enum?: unknown[];
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

function rows(path: string, field: JsonSchema): string[] {
  const description = field.description === undefined ? [] : [`| \`${path}\` | ${cell(field.description)} |`];
  return [...description, ...inside(path, field)];
}

function inside(path: string, field: JsonSchema): string[] {
  const own = Object.entries(field.properties ?? {}).flatMap(([name, inner]) => rows(`${path}.${name}`, inner));
  const keyed =
    typeof field.additionalProperties === "object" ? inside(`${path}.NAME`, field.additionalProperties) : [];
  const listed = field.items === undefined ? [] : inside(`${path}[]`, field.items);
  // A map and a list of the same things would be told twice: the map speaks for both.
  const forms = (field.anyOf ?? []).filter(
    (form, _at, all) => form.items === undefined || !all.some((other) => other.additionalProperties),
  );
  return [...own, ...keyed, ...listed, ...forms.flatMap((form) => inside(path, form))];
}

/** The table as Markdown, with every field of a cluster and of its services. */
export function configTable(): string {
  const schema = z.toJSONSchema(clusterSchema(), {
    io: "input",
    unrepresentable: "any",
    reused: "inline",
  }) as JsonSchema;
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => rows(name, field));
  const cloud = "| `muster:cloud` | Where the clusters stand: `local` (containers on this machine). |";
  const clusters = "| `muster:clusters` | List of clusters; the fields below are those of one. |";
  return ["| field | meaning |", "| --- | --- |", cloud, clusters, ...fields].join("\n");
}

if (import.meta.main) console.log(configTable());
