import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { cloudNames } from "../../components/clouds/index.ts";
import { optionsSchema } from "../../components/clouds/openstack/options.ts";
import { writeAtomically } from "../../contract/atomic-file.ts";
import { jobReport } from "../../contract/submission.ts";
import { clusterSchema } from "../../plan/config/cluster-schema.ts";

/*
 * The README's table of config fields, from the schema: `node tools/docs/config-table.ts` prints it, with `--write` it
 * goes into the README. Default values and units are part of each field's description.
 */

const README = join(import.meta.dirname, "../../README.md");
const OPENSTACK = join(import.meta.dirname, "../../docs/openstack.md");
const JOBS = join(import.meta.dirname, "../../docs/jobs.md");
const BEGIN = "<!-- config table: made by tools/docs/config-table.ts -->";
const END = "<!-- /config table -->";

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

/** A description ends with what holds where nothing is said: `…. Default: none.` */
function row(path: string, description: string): string {
  const [, meaning = description, otherwise = ""] = /^(.*?)\s*\bDefault:? (.*?)\.?$/s.exec(description) ?? [];
  return `| \`${path}\` | ${cell(meaning)} | ${cell(otherwise)} |`;
}

function rows(path: string, field: JsonSchema): string[] {
  const description = field.description === undefined ? [] : [row(path, field.description)];
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

function rowsOf(schema: z.ZodType, prefix = ""): string[] {
  const outline = z.toJSONSchema(schema, { io: "input", unrepresentable: "any", reused: "inline" }) as JsonSchema;
  return Object.entries(outline.properties ?? {}).flatMap(([name, field]) => rows(`${prefix}${name}`, field));
}

/** The options of the cloud `openstack` as Markdown. */
export const openstackTable = (): string =>
  ["| field | meaning | default |", "| --- | --- | --- |", ...rowsOf(optionsSchema)].join("\n");

/** What `job.json` holds, as Markdown: fields that nobody leaves out have no defaults. */
export const jobTable = (): string =>
  ["| field | meaning |", "| --- | --- |", ...rowsOf(jobReport).map((line) => line.replace(/ {2}\|$/, ""))].join("\n");

/** The table as Markdown, with every field of a cluster and of its services. */
export function configTable(): string {
  const fields = rowsOf(clusterSchema());
  const cloud = [
    `Where the clusters stand: ${cloudNames.join(", ")}. A word, or a mapping of \`name\` and the cloud's own options.`,
    "Default local.",
  ];
  return [
    "| field | meaning | default |",
    "| --- | --- | --- |",
    row("muster:cloud", cloud.join(" ")),
    row("muster:clusters", "List of clusters; the fields below are those of one."),
    ...fields,
  ].join("\n");
}

/** A page with a table in its place; the README has that of clusters. */
export function withTable(page: string, table = configTable()): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`the page lacks ${BEGIN} … ${END}`);
  return `${before}${BEGIN}\n${table}\n${END}${after}`;
}

if (import.meta.main) {
  const pages: [string, string][] = [
    [README, configTable()],
    [OPENSTACK, openstackTable()],
    [JOBS, jobTable()],
  ];
  for (const [page, table] of pages) {
    if (process.argv.includes("--write")) writeAtomically(page, withTable(readFileSync(page, "utf8"), table), 0o644);
    else console.log(table);
  }
}
