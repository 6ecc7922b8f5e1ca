import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closest } from "fastest-levenshtein";
import { exit, misuse } from "./exit.ts";
import type { CommonOptions } from "./options.ts";
import { runNode } from "./own-node.ts";
import { duration } from "./progress/lines.ts";
import { home } from "./stacks.ts";

export interface TestOptions extends CommonOptions {
  /** Also what takes long. */
  full?: boolean;
  coverage?: boolean;
}

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Tiers in the order of `all`: each needs more than the one before. */
const TIERS = ["check", "unit", "component", "plugin", "roles", "local", "runner", "e2e", "faults"] as const;
/** Not part of `all`. */
const EXTRA = ["property", "openstack"] as const;

type Tier = (typeof TIERS)[number] | (typeof EXTRA)[number];

/** Runs a tier of tests, or all of them; ends with one line of counts. Exit code 1 if any failed. */
export async function test(tier: string, options: TestOptions): Promise<number> {
  const tiers = tiersMeant(tier);
  const rows: { tier: Tier; counts: Counts; took: number }[] = [];
  for (const one of tiers) {
    process.stdout.write(`\n== ${one}\n`);
    const startedAt = Date.now();
    const counts = strict(one === "check" ? await check(options) : await mocha(one, options));
    rows.push({ tier: one, counts, took: Date.now() - startedAt });
  }
  process.stdout.write("\n");
  for (const { tier: name, counts, took } of rows) {
    process.stdout.write(`${name.padEnd(10)} ${describe(counts).padEnd(40)} ${duration(took)}\n`);
  }
  const total = rows.reduce<Counts>((sum, { counts }) => add(sum, counts), { passed: 0, failed: 0, skipped: 0 });
  process.stdout.write(`${describe(total)}\n`);
  return total.failed === 0 ? exit.ready : exit.failed;
}

function tiersMeant(tier: string): Tier[] {
  if (tier === "all") return [...TIERS];
  const all: readonly Tier[] = [...TIERS, ...EXTRA];
  const found = all.find((one) => one === tier);
  if (found !== undefined) return [found];
  const names = [...all, "all"];
  throw misuse(`no tier "${tier}"; did you mean "${closest(tier, names)}"? (${names.join(", ")})`);
}

const describe = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;

const add = (a: Counts, b: Counts): Counts => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

/** Where nobody reads along, what was skipped was not proven. */
function strict(counts: Counts): Counts {
  const inCi = ["1", "true"].includes(process.env["CI"] ?? "");
  return inCi ? { ...counts, failed: counts.failed + counts.skipped, skipped: 0 } : counts;
}

/** The compiler, the linter and the formatter; each counts as one test. */
async function check(options: TestOptions): Promise<Counts> {
  const tools = [
    ["node_modules/typescript/bin/tsc", "--noEmit"],
    ["node_modules/eslint/bin/eslint.js", "."],
    ["node_modules/@biomejs/biome/bin/biome", "format", "."],
  ];
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const args of tools) {
    const code = await runNode(args, {}, options);
    counts[code === 0 ? "passed" : "failed"] += 1;
    process.stdout.write(`  ${code === 0 ? "✔" : "✖"} ${args.slice(0, 2).join(" ")}\n`);
  }
  return counts;
}

async function mocha(tier: Tier, options: TestOptions): Promise<Counts> {
  const files = filesOf(tier);
  if (files.length === 0) {
    process.stdout.write("  no tests\n");
    return { passed: 0, failed: 0, skipped: 0 };
  }
  const folder = mkdtempSync(join(tmpdir(), "muster-test-"));
  const countsFile = join(folder, "counts.json");
  const args = ["node_modules/mocha/bin/mocha.js", "--reporter", "./cli/test-reporter.ts", ...files];
  const coverage = [
    "node_modules/c8/bin/c8.js",
    "--reporter",
    "text-summary",
    "--reporter",
    "lcovonly",
    process.execPath,
  ];
  const environment = {
    COUNTS_FILE: countsFile,
    ...(options.full === true ? { MUSTER_FULL: "1" } : {}),
    // What V8 takes from a compile cache it counts less exactly.
    ...(options.coverage === true ? { NODE_DISABLE_COMPILE_CACHE: "1" } : {}),
  };
  try {
    const code = await runNode(options.coverage === true ? [...coverage, ...args] : args, environment, options);
    if (!existsSync(countsFile)) return { passed: 0, failed: 1, skipped: 0 };
    const counts = JSON.parse(readFileSync(countsFile, "utf8")) as Counts;
    // Mocha may also fail outside of any test.
    return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function filesOf(tier: Tier): string[] {
  const pattern = tier === "property" ? "test/unit/**/*.property.test.ts" : `test/${tier}/**/*.test.ts`;
  return globSync(pattern, { cwd: home() }).sort();
}
