import { parse } from "yaml";
import type { OwnFile } from "../../contract/own-content.ts";

/** The text of one of a step's files; undefined where there is no such. */
export function textOf(files: readonly OwnFile[], ...paths: string[]): string | undefined {
  const file = files.find(({ path }) => paths.includes(path));
  return file === undefined ? undefined : Buffer.from(file.data, "base64").toString("utf8");
}

/** A YAML file's value, or the reason for people why it is none. Tags such as Ansible's `!vault` are let be. */
export function parseYaml(text: string): { value?: unknown; reason?: string } {
  try {
    return { value: parse(text, { logLevel: "error" }) as unknown };
  } catch (error) {
    const [line = "no valid YAML"] = (error instanceof Error ? error.message : String(error)).split("\n");
    return { reason: line.replace(/:$/, "") };
  }
}
