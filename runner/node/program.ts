import { readFileSync } from "node:fs";
import { join } from "node:path";

const modules = ["agent", "artifacts", "commands", "later", "state", "steps", "trust"];

/**
 * Reads the agent's modules from the connection itself, so that nothing has to be on the node before; each is compiled
 * when it is first imported, by whatever Python the node has.
 */
const loader = [
  "import json, sys",
  "from importlib.machinery import ModuleSpec",
  "source = sys.stdin.buffer",
  "texts = json.loads(source.read(int(source.readline())))",
  "class Sent:",
  "    @classmethod",
  "    def find_spec(cls, name, path=None, target=None):",
  "        return ModuleSpec(name, cls) if name in texts else None",
  "    @staticmethod",
  "    def create_module(spec):",
  "        return None",
  "    @staticmethod",
  "    def exec_module(module):",
  "        name = module.__name__",
  '        exec(compile(texts[name], name, "exec"), module.__dict__)',
  "sys.meta_path.insert(0, Sent)",
  "import muster_agent",
  "muster_agent.main()",
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
  const body = Buffer.from(JSON.stringify(Object.fromEntries(texts)), "utf8");
  return Buffer.concat([Buffer.from(`${body.length}\n`), body]);
}
