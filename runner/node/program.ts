import { readFileSync } from "node:fs";
import { join } from "node:path";

/** In the order in which they import each other. */
const modules = ["state", "steps", "trust", "artifacts", "agent"];

/** Reads the agent's modules from the connection itself, so that nothing has to be on the node before. */
const loader = [
  "import json, sys, types",
  "source = sys.stdin.buffer",
  "for name, text in json.loads(source.read(int(source.readline()))):",
  "    module = sys.modules[name] = types.ModuleType(name)",
  '    exec(compile(text, name, "exec"), module.__dict__)',
  'sys.modules["muster_agent"].main()',
].join("\n");

/**
 * Command that starts the agent on a node; it then waits for {@link agentProgram} on its stdin. Nothing but Python's own
 * library is used, and looking for more would take a third of its start.
 */
export const agentCommand = `sudo -n python3 -I -S -u -c '${loader}'`;

let program: Buffer | undefined;

/** The agent, length first, as the loader reads it. */
export function agentProgram(): Buffer {
  program ??= build();
  return program;
}

function build(): Buffer {
  const texts = modules.map((name) => [
    `muster_${name}`,
    readFileSync(join(import.meta.dirname, `${name}.py`), "utf8"),
  ]);
  const body = Buffer.from(JSON.stringify(texts), "utf8");
  return Buffer.concat([Buffer.from(`${body.length}\n`), body]);
}
