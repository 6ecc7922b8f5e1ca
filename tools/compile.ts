/**
 * Fills Node's compile cache with every program of this checkout. Where Node has to read TypeScript itself, each program
 * needs 10 to 50 MiB more for it, and several run at a time during an `up`.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { resolve } from "node:path";

const home = resolve(import.meta.dirname, "..");
/** They act when they are imported. */
const isProgram = (file: string): boolean => file.endsWith("/main.ts") || file === "stacks/index.ts";

for (const file of globSync("{cli,components,contract,plan,runner,stacks}/**/*.ts", { cwd: home })) {
  const path = resolve(home, file);
  // Without arguments they only tell how they are used; what the engine runs says that no engine is there.
  if (isProgram(file))
    spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", path], { timeout: 30_000 });
  else await import(path);
}
