import { closeSync, existsSync, globSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closest } from "fastest-levenshtein";
import { exit, misuse } from "./exit.ts";
import type { CommonOptions } from "./options.ts";
import { type Output, runNode } from "./own-node.ts";
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

/** Folders below `test/`, in the two lanes of `all`: without hosts, then with some that hold no JVMs, or few of Spark's. */
const LIGHT = ["check", "unit", "component", "plugin", "runner", "roles", "light"] as const;
/** With hosts and Hadoop on them. Each needs more than the one before. */
const HEAVY = ["local", "e2e", "faults"] as const;
/** Its files are taken one by one by whichever lane has nothing else left. */
const SHARED = "faults/light";
/** Not part of `all`. */
const EXTRA = ["property", "openstack"] as const;

const TIERS = [...LIGHT, ...HEAVY, SHARED, ...EXTRA] as const;

type Tier = (typeof TIERS)[number];

interface Result {
  tier: Tier;
  counts: Counts;
  /** Milliseconds. */
  took: number;
}

/** Runs tiers of tests, without a name all of them; ends with one line of counts. Exit code 1 if any failed. */
export async function test(names: readonly string[], options: TestOptions): Promise<number> {
  const isAll = names.length === 0 || names.includes("all");
  const tiers = isAll ? [] : names.map(tierMeant);
  const results = isAll ? await all(options) : await inTurn(tiers, (tier) => shown(tier, options));
  process.stdout.write("\n");
  for (const { tier: name, counts, took } of results) {
    process.stdout.write(`${name.padEnd(13)} ${describe(counts).padEnd(40)} ${duration(took)}\n`);
  }
  const total = results.reduce<Counts>((sum, { counts }) => add(sum, counts), { passed: 0, failed: 0, skipped: 0 });
  process.stdout.write(`${describe(total)}\n`);
  return total.failed === 0 ? exit.ready : exit.failed;
}

/** Light tiers run beside the heavy ones, which mostly wait for their hosts, and are shown when they have ended. */
async function all(options: TestOptions): Promise<Result[]> {
  // Two at once would write over each other's account of what was covered.
  if (options.coverage === true) return inTurn([...LIGHT, ...HEAVY], (tier) => shown(tier, options));
  const shared = filesOf(SHARED);
  const own = (tier: Tier): string[] => filesOf(tier).filter((file) => !shared.includes(file));
  const left = [...shared];
  const lane = async (tiers: readonly Tier[], show: (tier: Tier) => Promise<Result>): Promise<Result[]> => {
    const results = await inTurn(tiers, show);
    for (let file = left.pop(); file !== undefined; file = left.pop())
      results.push(await shownAtItsEnd(SHARED, options, [file]));
    return results;
  };
  const lanes = await Promise.all([
    lane(LIGHT, (tier) => shownAtItsEnd(tier, options)),
    lane(HEAVY, (tier) => shown(tier, options, own(tier))),
  ]);
  return byTier(lanes.flat());
}

/** One result a tier, of what may have been run in several parts. */
function byTier(results: readonly Result[]): Result[] {
  const all = new Map<Tier, Result>();
  for (const { tier, counts, took } of results) {
    const before = all.get(tier);
    all.set(
      tier,
      before === undefined
        ? { tier, counts, took }
        : { tier, counts: add(before.counts, counts), took: before.took + took },
    );
  }
  return [...all.values()];
}

async function inTurn(tiers: readonly Tier[], run: (tier: Tier) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (const tier of tiers) results.push(await run(tier));
  return results;
}

/** @param files Default: all of the tier. */
async function shown(tier: Tier, options: TestOptions, files?: readonly string[]): Promise<Result> {
  process.stdout.write(`\n== ${tier}\n`);
  return run(tier, options, "inherit", files);
}

async function shownAtItsEnd(tier: Tier, options: TestOptions, files?: readonly string[]): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "muster-test-"));
  const log = join(folder, "log");
  const output = openSync(log, "w");
  try {
    const result = await run(tier, options, output, files);
    process.stdout.write(`\n== ${tier}, run beside\n${readFileSync(log, "utf8")}\n`);
    return result;
  } finally {
    closeSync(output);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(tier: Tier, options: TestOptions, output: Output, files = filesOf(tier)): Promise<Result> {
  const startedAt = Date.now();
  const counts = strict(tier === "check" ? await check(options, output) : await mocha(files, options, output));
  return { tier, counts, took: Date.now() - startedAt };
}

function tierMeant(tier: string): Tier {
  const found = TIERS.find((one) => one === tier);
  if (found !== undefined) return found;
  const names = [...TIERS, "all"];
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

const say = (output: Output, line: string): number =>
  writeSync(output === "inherit" ? process.stdout.fd : output, `${line}\n`);

/** The compiler, the linter and the formatter; each counts as one test. */
async function check(options: TestOptions, output: Output): Promise<Counts> {
  const tools = [
    ["node_modules/typescript/bin/tsc", "--noEmit"],
    ["node_modules/eslint/bin/eslint.js", "."],
    ["node_modules/@biomejs/biome/bin/biome", "format", "."],
  ];
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const args of tools) {
    const code = await runNode(args, {}, options, output);
    counts[code === 0 ? "passed" : "failed"] += 1;
    say(output, `  ${code === 0 ? "✔" : "✖"} ${args.slice(0, 2).join(" ")}`);
  }
  return counts;
}

async function mocha(files: readonly string[], options: TestOptions, output: Output): Promise<Counts> {
  if (files.length === 0) {
    say(output, "  no tests");
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
    const code = await runNode(options.coverage === true ? [...coverage, ...args] : args, environment, options, output);
    if (!existsSync(countsFile)) return { passed: 0, failed: 1, skipped: 0 };
    const counts = JSON.parse(readFileSync(countsFile, "utf8")) as Counts;
    // Mocha may also fail outside of any test.
    return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function filesOf(tier: Tier): readonly string[] {
  const pattern = tier === "property" ? "test/unit/**/*.property.test.ts" : `test/${tier}/**/*.test.ts`;
  return globSync(pattern, { cwd: home() }).sort();
}
