import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { Trouble } from "../exit.ts";
import { table } from "../progress/lines.ts";
import { EngineFailed } from "./engine-command.ts";

/** One error that the engine reported. */
export interface EngineComplaint {
  /** The resource's name; undefined when it is about the program or the engine itself. */
  resource?: string;
  text: string;
}

/** The engine ended with an error. Its message tells all of it, for where nobody can tell it better. */
export class RunFailed extends Trouble {
  readonly complaints: readonly EngineComplaint[];
  /** Path of the engine's whole output. */
  readonly log: string;

  constructor(error: unknown, complaints: readonly EngineComplaint[], log: string) {
    super(`the run failed\n${describeFailure(error, complaints, log)}`);
    this.name = "RunFailed";
    this.complaints = complaints;
    this.log = log;
  }
}

/** Collects what the engine complains of while it runs. */
export class Complaints {
  readonly #found: EngineComplaint[] = [];

  hear(event: EngineEvent): void {
    const diagnostic = event.diagnosticEvent;
    if (diagnostic?.severity !== "error") return;
    const text = withoutNoise(diagnostic.message);
    if (text === "" || NOISE.test(text)) return;
    const name = diagnostic.urn?.split("::").at(-1);
    const aboutStack = diagnostic.urn === undefined || diagnostic.urn.includes("::pulumi:pulumi:Stack::");
    const complaint = aboutStack || name === undefined ? { text } : { resource: name, text };
    if (!this.#found.some((known) => known.text === text)) this.#found.push(complaint);
  }

  get list(): readonly EngineComplaint[] {
    return this.#found;
  }
}

/** What says nothing that the complaint about the resource did not say. */
const NOISE = /^(update|preview|destroy|refresh) (failed|canceled)$|^(update|resource) .*is? ?cancell?ed/;

/** Without colours, the engine's prefixes, and the stack traces of its own code. */
export function withoutNoise(message: string): string {
  return (
    message
      .replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g"), "")
      .replaceAll(/<\{%[^%]*%\}>/g, "")
      .split("\n")
      .filter((line) => !/^\s+at .*(node_modules|node:internal|\(file:)/.test(line))
      // The runner's summary is for programs; its own last line before says the same in words.
      .filter((line) => !/^\{"format":/.test(line))
      // Where in its own code a bridged plug-in was, and which one it is.
      .map((line) =>
        line.replace(/^\s*(error:\s*)?sdk-v2\/\S+ sdk\.helper_schema: /, "").replace(/: provider=\S+$/, ""),
      )
      .join("\n")
      .replace(/^(error: )+/, "")
      .replace(/^(command failed|exit status (\d+))(: running "[^"]*")?:\s*/i, "")
      .trim()
  );
}

/** Mistakes that the program itself found, as it printed them; undefined when it found none. */
export function mistakesAmong(complaints: readonly EngineComplaint[]): string | undefined {
  for (const { text } of complaints) {
    const [found] = /\d+ mistakes?, nothing was made[\s\S]*/.exec(text) ?? [];
    if (found !== undefined) return found.replace(/\n\s+at [\s\S]*$/, "").trim();
  }
  return undefined;
}

/**
 * What happened, as a short table: the resource and its last words.
 * @param log Path of the engine's whole output.
 */
export function describeFailure(error: unknown, complaints: readonly EngineComplaint[], log: string): string {
  const rows = complaints.length > 0 ? complaintRows(complaints) : `  ${lastWords(error)}`;
  return [rows, `  everything the engine said: ${log}`].join("\n");
}

/** A row for each complaint and for each of its last lines that says something new. */
export function complaintRows(complaints: readonly EngineComplaint[], most = 5): string {
  const rows = complaints.slice(0, most).flatMap(({ resource = "", text }) =>
    [...new Set(text.split("\n").map((line) => line.trim()))]
      .filter((line) => line !== "")
      .slice(-3)
      .map((line, at) => (at === 0 ? ["✖", resource, line] : ["", "", line])),
  );
  // A complaint about the program has no resource; then there is no column for it.
  const shown = rows.some(([, resource]) => resource !== "")
    ? rows
    : rows.map(([mark = "", , line = ""]) => [mark, line]);
  const more = complaints.length > most ? [`  and ${complaints.length - most} more`] : [];
  return [table(shown), ...more].join("\n");
}

/** The last line of what a failed engine printed. */
function lastWords(error: unknown): string {
  if (!(error instanceof EngineFailed)) return error instanceof Error ? error.message : String(error);
  const lines = `${error.stdout}\n${error.stderr}`.split("\n").map((line) => line.trim());
  const errors = lines
    .filter((line) => /\berror: /.test(line))
    .map((line) => withoutNoise(line.replace(/^.*?error: /, "")));
  return errors.at(-1) ?? lines.findLast((line) => line !== "") ?? error.message;
}
