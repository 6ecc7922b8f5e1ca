import { basename } from "node:path";
import { isMap, isPair, isScalar, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from "yaml";

/** A script and where it is run. */
export interface RecordedStep {
  script: string;
  on: string;
}

/**
 * A stack's file with one more step of a cluster, everything else as it was written; the same text where it is one
 * already, none where the file does not spell the cluster out.
 */
export function withStep(
  before: string,
  cluster: string,
  step: RecordedStep,
): { name: string; text: string | undefined } {
  const document = parseDocument(before, { merge: true });
  const clusters = document.getIn(["config", "muster:clusters"]);
  const entry = isSeq(clusters) ? clusters.items.find((one) => isMap(one) && one.get("name") === cluster) : undefined;
  const name = `${step.script} on ${step.on}`.slice(-60);
  if (!isMap(entry)) return { name, text: undefined };
  const steps = entry.get("steps");
  const known = isSeq(steps) ? steps.items.filter(isMap) : [];
  const same = known.find((one) => one.get("script") === step.script && (one.get("on") ?? "all") === step.on);
  if (same !== undefined) {
    const own = same.get("name");
    return { name: typeof own === "string" ? own : `script ${basename(step.script)}`, text: before };
  }
  const item = `- ${JSON.stringify({ name, ...step }, null, 1)
    .replace(/\n\s*/g, " ")
    .replace(/"(name|script|on)":/g, "$1:")}`;
  const inserted = isSeq(steps) ? afterLast(before, steps, item) : afterName(before, entry, item);
  if (inserted !== undefined) return { name, text: inserted };
  // Written in flow style, as JSON is: laid out anew.
  const node = document.createNode({ name, ...step });
  if (isSeq(steps)) steps.add(node);
  else entry.set("steps", document.createNode([node]));
  return { name, text: document.toString({ lineWidth: 0 }) };
}

/** A list's next item, on a line after its last one. */
function afterLast(text: string, steps: YAMLSeq, item: string): string | undefined {
  const [start] = steps.range ?? [];
  const last = steps.items.at(-1);
  const end = isMap(last) || isScalar(last) || isSeq(last) ? last.range?.[1] : undefined;
  if (steps.flow === true || start === undefined || end === undefined) return undefined;
  return insertLines(text, end, [`${indent(text, start)}${item}`]);
}

/** The list itself, below the cluster's name. */
function afterName(text: string, entry: YAMLMap, item: string): string | undefined {
  if (entry.flow === true || entry.has("steps")) return undefined;
  const pair = entry.items.find((one) => isPair(one) && isScalar(one.key) && one.key.value === "name");
  const key = isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
  const end = isScalar(pair?.value) ? pair.value.range?.[1] : undefined;
  if (key === undefined || end === undefined) return undefined;
  return insertLines(text, end, [`${indent(text, key)}steps:`, `${indent(text, key)}  ${item}`]);
}

/** After the line that holds this place. What ends there may have ended with its line. */
function insertLines(text: string, place: number, lines: string[]): string {
  const from = text[place - 1] === "\n" ? place - 1 : place;
  const lineEnd = text.indexOf("\n", from);
  const at = lineEnd < 0 ? text.length : lineEnd;
  const newline = text[at - 1] === "\r" ? "\r\n" : "\n";
  const head = text.slice(0, text[at - 1] === "\r" ? at - 1 : at);
  return `${head}${newline}${lines.join(newline)}${lineEnd < 0 ? newline : `${newline === "\r\n" ? "\r" : ""}${text.slice(at)}`}`;
}

const indent = (text: string, place: number): string => " ".repeat(place - (text.lastIndexOf("\n", place - 1) + 1));
