import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { closest } from "fastest-levenshtein";
import { UserMistakes } from "../plan/mistake.ts";

/** The checkout that this command line belongs to: where `Pulumi.yaml` and the stacks' files are. */
export const home = (): string => process.env["MUSTER_HOME"] ?? fileURLToPath(new URL("..", import.meta.url));

/** The engine's project file, as far as it matters here. */
export interface Project {
  name: string;
  main: string;
}

export function readProject(): Project {
  const project = parse(readFileSync(join(home(), "Pulumi.yaml"), "utf8")) as Partial<Project>;
  return { name: project.name ?? "muster", main: project.main ?? "." };
}

export const stackFile = (stack: string): string => join(home(), `Pulumi.${stack}.yaml`);

/** Names of the stacks that have a file, sorted. */
export function stackNames(): string[] {
  return readdirSync(home())
    .flatMap((file) => /^Pulumi\.(.+)\.ya?ml$/.exec(file)?.[1] ?? [])
    .sort();
}

/** A stack's own file: `config` as the user wrote it, and everything else that the engine keeps there. */
export interface StackSettings extends Record<string, unknown> {
  config: Record<string, unknown>;
}

/**
 * Reads `Pulumi.<stack>.yaml`.
 * @throws UserMistakes when it is not there (naming those that are), cannot be read, or is not YAML.
 */
export function readStackFile(stack: string): StackSettings {
  const file = `Pulumi.${stack}.yaml`;
  if (!/^[A-Za-z0-9._-]{1,100}$/.test(stack)) {
    throw new UserMistakes([
      { path: "--stack", found: JSON.stringify(stack), allowed: "letters, digits, dots, dashes, underscores" },
    ]);
  }
  if (!existsSync(stackFile(stack))) throw new UserMistakes([noSuchStack(stack)]);
  const settings = parsed(file, textOf(file)) ?? {};
  if (!isRecord(settings))
    throw refused(file, `${Array.isArray(settings) ? "a list" : "a text"}`, "allowed: config: …");
  const config = settings["config"] ?? {};
  if (!isRecord(config)) throw refused(file, "a config that is no mapping", "allowed: config: { muster:clusters: … }");
  return { ...settings, config };
}

const refused = (path: string, found: string, allowed: string): UserMistakes =>
  new UserMistakes([{ path, found, allowed }]);

function textOf(file: string): string {
  try {
    return readFileSync(join(home(), file), "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "EISDIR" ? "a folder" : code === "EACCES" ? "a file that you may not read" : undefined;
    throw why === undefined ? error : refused(file, why, "allowed: a file that can be read");
  }
}

/** Anchors may be merged (`<<`), as the engine itself reads them. */
function parsed(file: string, text: string): unknown {
  try {
    return parse(text, { merge: true, prettyErrors: true });
  } catch (error) {
    // A YAMLParseError shows where; what else there is comes of aliases that lead nowhere or grow without end.
    if (!(error instanceof Error)) throw error;
    const [line = ""] = error.message.split("\n");
    throw refused(file, `no valid YAML: ${line.replace(/:$/, "")}`, "correct that line");
  }
}

function noSuchStack(stack: string): { path: string; found: string; allowed: string } {
  const names = stackNames();
  const near = names.length > 0 ? `; did you mean "${closest(stack, names)}"?` : "";
  const known = names.length > 0 ? `stacks here: ${names.join(", ")}${near}` : "there is none yet: write one";
  return { path: "--stack", found: `"${stack}", but there is no Pulumi.${stack}.yaml`, allowed: known };
}

/** Cluster names as far as the file tells, before it is validated. */
export function clusterNamesIn(settings: StackSettings): string[] {
  const clusters = settings.config["muster:clusters"];
  if (!Array.isArray(clusters)) return [];
  return clusters.flatMap((entry: unknown) => {
    const name = isRecord(entry) ? entry["name"] : undefined;
    return typeof name === "string" ? [name] : [];
  });
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
