import { closest } from "fastest-levenshtein";
import { exit, misuse } from "./exit.ts";
import type { CommonOptions } from "./options.ts";
import { runNode } from "./own-node.ts";

export interface BenchOptions extends CommonOptions {
  /** How often each thing is measured, where it is cheap enough to be measured more than once. */
  runs?: string;
}

/** One file `bench/<name>.ts` a question, in the order of `all`. */
export const BENCHES = ["life", "spark", "memory", "profile", "grow", "fan-out", "push"] as const;
/** Not part of `all`: those on OpenStack take one of their own, and a baked image takes Packer. */
export const EXTRA = ["cloud", "openstack", "baked", "baked-openstack"] as const;

const mostRuns = 20;

/** Measures, and prints tables; exit code 1 when something could not be measured, whatever the figures are. */
export async function bench(names: readonly string[], options: BenchOptions): Promise<number> {
  const environment = runsMeant(options.runs);
  let code: number = exit.ready;
  for (const name of benchesMeant(names)) {
    process.stdout.write(`\n## ${name}\n\n`);
    if ((await runNode([`bench/${name}.ts`], environment, options)) !== 0) code = exit.failed;
  }
  return code;
}

/** Which are meant: those named, each once, in the order in which they were named; all without a name. */
export function benchesMeant(names: readonly string[]): string[] {
  if (names.length === 0 || names.includes("all")) return [...BENCHES];
  const known: readonly string[] = [...BENCHES, ...EXTRA, "all"];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return [...new Set(names)];
  throw misuse(`no bench "${unknown}"; did you mean "${closest(unknown, known)}"? (${known.join(", ")})`);
}

/** The variable that tells the programs how often; nothing when they are to decide. */
export function runsMeant(runs: string | undefined): Record<string, string> {
  if (runs === undefined) return {};
  const count = /^\d+$/.test(runs) ? Number(runs) : 0;
  if (count < 1 || count > mostRuns) throw misuse(`--runs: found "${runs}", allowed: 1 to ${mostRuns}`);
  return { MUSTER_BENCH_RUNS: String(count) };
}
