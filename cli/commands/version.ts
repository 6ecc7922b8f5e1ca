import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { home } from "../stacks.ts";

/** Muster's version, and that of the engine it runs with. */
export async function versions(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(home(), "package.json"), "utf8")) as { version: string };
  const engine = await execa("pulumi", ["version"], { reject: false, stdin: "ignore", timeout: 10_000 });
  const found =
    engine.exitCode === 0 ? engine.stdout.trim().replace(/^v/, "") : "not here yet, `./muster up` brings it";
  return `muster ${version}\npulumi ${found}\n`;
}
