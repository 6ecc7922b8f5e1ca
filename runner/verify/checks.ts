import pLimit from "p-limit";
import { z } from "zod";
import type { Check, CheckOutput } from "../../contract/job.ts";
import type { CheckResult } from "../../contract/summary.ts";
import { lastJson } from "../leave.ts";
import { bundlePath, runOnNode } from "../node/ask.ts";
import { clockOffset } from "../node/clock.ts";
import { oneLine } from "../record/plain-text.ts";
import { linkOf, readyNodes, type Run } from "../run.ts";
import { differences, firstDifference, shortened } from "./sameness.ts";
import { askedNodes, opensTheWay, shortList, type Facts } from "./quorum.ts";

const checkOutput = z.object({
  ok: z.boolean(),
  detail: z.string(),
  missing: z.array(z.string()).optional(),
  way: z.string().optional(),
  facts: z.record(z.string(), z.string()).optional(),
  lines: z.array(z.string()).optional(),
});
/** Characters of what one check says of one node. */
const longestDetail = 1000;
/** Checks of one node at once: each may start a Java program. */
const atOncePerNode = 2;
/** Judges how far the node's clock is from this one, so it is told when it is asked. */
const clockCheck = "base/clock";

/** Runs every check, side by side but for `after`. `until`: milliseconds since the epoch. */
export async function runChecks(run: Run, checks: readonly Check[], until: number): Promise<CheckResult[]> {
  const finished = new Map<string, Promise<CheckResult>>();
  const byNode = new Map<string, ReturnType<typeof pLimit>>();
  const turn = (node: string) => {
    const limit = byNode.get(node) ?? pLimit(atOncePerNode);
    byNode.set(node, limit);
    return limit;
  };
  const start = (check: Check, above: readonly string[]): Promise<CheckResult> => {
    const known = finished.get(check.name);
    if (known !== undefined) return known;
    const before = (check.after ?? []).flatMap((name) => {
      const other = checks.find((candidate) => candidate.name === name);
      return other === undefined || above.includes(name) ? [] : [start(other, [...above, check.name])];
    });
    const result = runCheck(run, check, before, turn, until);
    finished.set(check.name, result);
    return result;
  };
  return Promise.all(checks.map((check) => start(check, [check.name])));
}

async function runCheck(
  run: Run,
  check: Check,
  before: Promise<CheckResult>[],
  turn: (node: string) => ReturnType<typeof pLimit>,
  until: number,
): Promise<CheckResult> {
  const earlier = await Promise.all(before);
  const closed = earlier.filter((result) => !opensTheWay(result, factsOf(run, earlier))).map((result) => result.name);
  const started = Date.now();
  const output =
    closed.length > 0
      ? { ok: false, detail: `not run, needs: ${closed.join(", ")}` }
      : await ask(run, check, turn, until);
  const seconds = Math.round((Date.now() - started) / 100) / 10;
  const { ok, detail, missing } = output;
  run.log.event("verify", ok ? "done" : "failed", `${check.name}  ${detail}  ${seconds} s`);
  return { name: check.name, ok, detail, seconds, required: check.required, ...(missing?.length ? { missing } : {}) };
}

const factsOf = (run: Run, checks: CheckResult[]): Facts => ({
  pools: run.job.pools,
  nodes: run.job.nodes,
  results: [...run.results.values()],
  checks,
});

async function ask(
  run: Run,
  check: Check,
  turn: (node: string) => ReturnType<typeof pLimit>,
  until: number,
): Promise<CheckOutput> {
  const ready = readyNodes(run).map((node) => node.name);
  const nodes = askedNodes(check, ready);
  if (nodes.length === 0) return { ok: false, detail: `none of ${shortList(check.on)} is ready`, missing: check.on };
  const outputs = await Promise.all(
    nodes.map(async (node) => ({ node, ...(await turn(node)(() => askNode(run, check, node, until))) })),
  );
  const failed = outputs.filter((output) => !output.ok);
  if (failed.length === 0 && check.mode === "alike")
    return compare(outputs, (node, fact) =>
      turn(node)(() => askNode(run, { ...check, run: [...check.run, fact] }, node, until)),
    );
  const first = outputs[0];
  if (failed.length === 0)
    return {
      ok: true,
      detail:
        first !== undefined && outputs.length === 1
          ? first.detail
          : [`${outputs.length} nodes`, ...ways(outputs)].join(", "),
    };
  const detail = failed
    .slice(0, 3)
    .map((output) => (check.mode === "any" ? output.detail : `${output.node}: ${output.detail}`));
  const more = failed.length > 3 ? ` and ${failed.length - 3} more` : "";
  // Asked of each node, a failure is that node's; asked of any, it is whose the check says.
  const missing = failed.flatMap((output) => output.missing ?? (check.mode === "any" ? [] : [output.node]));
  return { ok: false, detail: detail.join("; ") + more, missing: [...new Set(missing)] };
}

/** Each way once, the most usual first, with how many went it if there are several. */
function ways(outputs: readonly CheckOutput[]): string[] {
  const found = Map.groupBy(
    outputs.flatMap(({ way }) => way ?? []),
    (way) => way,
  );
  const sorted = [...found].sort(([, a], [, b]) => b.length - a.length);
  return sorted.map(([way, { length }]) => (sorted.length === 1 ? way : `${length} ${way}`));
}

/** Names every node that differs from what most say, and the first few by what differs. */
async function compare(
  outputs: readonly (CheckOutput & { node: string })[],
  askFor: (node: string, fact: string) => Promise<CheckOutput>,
): Promise<CheckOutput> {
  const found = differences(outputs.map(({ node, facts = {} }) => ({ node, facts })));
  if (found.length === 0) {
    const facts = new Set(outputs.flatMap((output) => Object.keys(output.facts ?? {})));
    return { ok: true, detail: `${outputs.length} nodes with the same ${[...facts].join(", ")}` };
  }
  const told = await Promise.all(
    found.slice(0, 3).map(async ({ node, like, fact, has, others }) => {
      const [own, usual] = await Promise.all([askFor(node, fact), askFor(like, fact)]);
      const line = firstDifference(own.lines ?? [], usual.lines ?? []);
      return `${node}: ${fact}: ${line ?? `${shortened(has)}, others ${shortened(others)}`}`;
    }),
  );
  const more = found.length > told.length ? ` and ${found.length - told.length} more differences` : "";
  return { ok: false, detail: told.join("; ") + more, missing: [...new Set(found.map(({ node }) => node))] };
}

async function askNode(run: Run, check: Check, node: string, until: number): Promise<CheckOutput> {
  const seconds = Math.min(check.timeoutSeconds, (until - Date.now()) / 1000);
  if (seconds <= 0) return { ok: false, detail: "no time was left for it" };
  const [name] = check.run;
  try {
    const link = linkOf(run, node);
    const offset = name === clockCheck ? ["--offset", (await clockOffset(link, until)).toFixed(3)] : [];
    const argv = [`${bundlePath}/bin/check`, ...check.run, ...offset];
    const input = check.input === undefined ? {} : { input: check.input };
    const asked = await runOnNode(link, { argv, seconds, ...input });
    run.log.detail(node, `check ${check.name}: exit ${asked.code}\n${asked.stdout}${asked.stderr}`);
    if (asked.timedOut) return { ok: false, detail: `took longer than ${Math.round(seconds)} s` };
    const output = checkOutput.safeParse(lastJson(asked.stdout));
    if (!output.success) {
      const said = oneLine(asked.stderr.trim().split("\n").at(-1) ?? "", longestDetail);
      return { ok: false, detail: said || `exit ${asked.code} without a result` };
    }
    const { missing, way, facts, lines, ...said } = output.data;
    return {
      ok: said.ok,
      detail: oneLine(said.detail, longestDetail),
      ...(missing === undefined ? {} : { missing }),
      ...(way === undefined ? {} : { way: oneLine(way, longestDetail) }),
      ...(facts === undefined ? {} : { facts }),
      ...(lines === undefined ? {} : { lines }),
    };
  } catch (error) {
    run.signal.throwIfAborted();
    return { ok: false, detail: oneLine((error as Error).message, longestDetail), missing: [node] };
  }
}
