/**
 * Fills Node's compile cache with every program of this checkout. Where Node has to read TypeScript itself, each program
 * needs 10 to 50 MiB more for it, and several run at a time during an `up`.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { resolve } from "node:path";

const home = resolve(import.meta.dirname, "..");

for (const file of globSync("{cli,components,contract,plan,runner}/**/*.ts", { cwd: home })) {
  if (!file.endsWith("/main.ts")) await import(resolve(home, file));
}
// Programs act when they are imported. Without arguments they only tell how they are used; what the engine runs says that
// no engine is there.
for (const file of globSync("{cli,components,runner,stacks}/**/{main,index}.ts", { cwd: home })) {
  if (file.endsWith("/main.ts") || file.startsWith("stacks/"))
    spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", resolve(home, file)], { timeout: 30_000 });
}
