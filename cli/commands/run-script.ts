import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve, sep } from "node:path";
import { buffer } from "node:stream/consumers";
import { suggestion } from "../../plan/config/nearest.ts";
import { placesOf } from "../../plan/places.ts";
import { readEnvironment, theCluster } from "../environment.ts";
import { exit, misuse } from "../exit.ts";
import { tell } from "../options.ts";
import { withStep } from "../recorded-step.ts";
import { home, stackFile } from "../stacks.ts";
import type { RunOptions } from "./run.ts";
import { run } from "./run.ts";
import { up } from "./up.ts";

export interface RunScriptOptions extends RunOptions {
  /** A file, or `-`: what comes in. */
  script: string;
}

/** Where scripts are kept that came from elsewhere, relative to the project. */
const SCRIPTS = "scripts";

/**
 * Makes a script an own step of the cluster, in the stack's file, and brings the cluster to that: it runs on every node
 * that is meant, at once, and on those that come later. Prints what it said on each.
 */
export async function runScript(command: string[], options: RunScriptOptions): Promise<number> {
  const { stack, script, on } = options;
  if (command.length > 0) throw misuse("a script or a command, not both");
  if (on === undefined) throw misuse("where? e.g. --on worker, a pool, a node, or --on all");
  const { cluster } = theCluster(stack, options.cluster);
  const spec = readEnvironment(stack).clusters.find(({ name }) => name === cluster);
  const places = spec === undefined ? [] : placesOf(spec);
  if (!places.includes(on))
    throw misuse(`--on ${on}: no role tag, pool or node of ${cluster}; ${suggestion(on, places)}`);
  const path = await keepScript(script);
  const name = record(stack, cluster, { script: path, on });
  const code = await up(options);
  if (code === exit.ready || code === exit.degraded)
    await run(["sudo", "/opt/muster/current/bin/own", "--output", name], options);
  else
    tell(
      `  ${path} stays a step of ${cluster}: correct it and run \`up\` again, or take it out of Pulumi.${stack}.yaml`,
    );
  return code;
}

/** The script's path relative to the project, where it is put unless it is there. */
async function keepScript(script: string): Promise<string> {
  const text = script === "-" ? await buffer(process.stdin) : readScript(script);
  if (text.length === 0) throw misuse(`the script ${script} is empty`);
  const inside = script === "-" ? undefined : relative(home(), resolve(script)).split(sep).join("/");
  if (inside !== undefined && !inside.startsWith("../") && !inside.startsWith("/")) return inside;
  const sum = createHash("sha256").update(text).digest("hex").slice(0, 8);
  const wanted = `${SCRIPTS}/${script === "-" ? `script-${sum}` : basename(script)}`;
  const isOther = existsSync(join(home(), wanted)) && !readFileSync(join(home(), wanted)).equals(text);
  const path = isOther ? `${wanted}-${sum}` : wanted;
  mkdirSync(join(home(), SCRIPTS), { recursive: true });
  writeFileSync(join(home(), path), text, { mode: 0o755 });
  return path;
}

function readScript(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    throw misuse(`--script ${path}: ${code === "ENOENT" ? "no such file" : "it cannot be read"}`);
  }
}

/** Adds the step to the stack's file, unless it is there; returns its name. */
function record(stack: string, cluster: string, step: { script: string; on: string }): string {
  const file = stackFile(stack);
  const before = readFileSync(file, "utf8");
  const { name, text } = withStep(before, cluster, step);
  if (text === undefined)
    throw misuse(`Pulumi.${stack}.yaml does not spell ${cluster} out, so no step can be added to it`);
  if (text === before) {
    tell(
      `  ${step.script} on ${step.on} is a step of ${cluster} already: nodes that ran it as it is do not run it again`,
    );
    return name;
  }
  writeFileSync(file, text);
  try {
    readEnvironment(stack);
  } catch (error) {
    writeFileSync(file, before);
    throw error;
  }
  tell(`  ${step.script} is a step of ${cluster} now (steps in Pulumi.${stack}.yaml): nodes added later get it, too`);
  return name;
}
