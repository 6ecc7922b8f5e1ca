/** Where does each second of a warm `up` go? */
import type { Check } from "../contract/job.ts";
import type { CheckResult, ProgressEvent } from "../contract/summary.ts";
import { Inside } from "../test/hosts/inside.ts";
import { BenchCluster, type Timed } from "./measure/dev-cluster.ts";
import { hostSeconds } from "./measure/host-account.ts";
import { machineLine } from "./measure/machine.ts";
import { every, machineSeconds } from "./measure/processes.ts";
import { type Stamped, stampLines } from "./measure/stamped.ts";
import { markdown } from "./measure/table.ts";
import { type Mark, type Sample, timelineTable } from "./measure/timeline.ts";

interface Observed {
  up: Timed;
  engine: Stamped[];
  cpu: Sample[];
  events: ProgressEvent[];
  checks: { check: Check; result: CheckResult; at: number }[];
  /** systemd's journals by node. */
  journals: Map<string, Stamped[]>;
  /** Processor seconds of all hosts. */
  hostsSeconds: number;
}

const CONTROL = "control side";
/** Parts that are shorter are told with the next. */
const SHORT_MS = 250;

async function observe(cluster: BenchCluster): Promise<Observed> {
  const cpu: Observed["cpu"] = [];
  const stopCpu = every(100, () => void cpu.push({ at: Date.now(), seconds: machineSeconds() }));
  const engineLog = stampLines(`${cluster.checkout.state}/engine/muster/${cluster.name}/engine.log`);
  const up = await cluster.succeed(["up", "-v"]);
  const engine = await engineLog();
  await stopCpu();
  const events = cluster.events();
  const checks = cluster.job().checks.flatMap((check) => {
    const result = cluster.summary().checks.find(({ name }) => name === check.name);
    const told = events.find(({ stage, text }) => stage === "verify" && text?.startsWith(`${check.name} `));
    return result === undefined || told === undefined ? [] : [{ check, result, at: told.at }];
  });
  const hosts = await cluster.hosts();
  const journals = new Map(
    await Promise.all(hosts.map(async (host) => [host.split(".").at(-1) ?? "", await journalOf(host)] as const)),
  );
  const hostsSeconds = (await Promise.all(hosts.map(hostSeconds))).reduce((sum, one) => sum + one, 0);
  return { up, engine, cpu, events, checks, journals, hostsSeconds };
}

async function journalOf(host: string): Promise<Stamped[]> {
  const text = await new Inside(host).sh("journalctl --no-pager -o short-unix");
  return text.split("\n").map((line) => ({ at: Number.parseFloat(line) * 1000, text: line.replace(/^\S+ \S+ /, "") }));
}

/** The parts of the one chain of work that the whole run waited for. */
function criticalPath(seen: Observed): Mark[] {
  const { up, engine, events } = seen;
  const last = events.filter((event) => event.stage === "activate" && event.state === "done").at(-1)?.node ?? "";
  const ofEngine = (text: string): number => engine.find((line) => line.text.includes(text))?.at ?? Number.NaN;
  const control = (what: string, at: number): Mark => ({ at, what, where: CONTROL });
  const marks = [
    control("entry, config, plan, preflight; stack made", ofEngine("$ pulumi up")),
    control("engine and language host start", ofEngine("pulumi:pulumi:Stack")),
    control("program: looks at cloud and journal, plans", ofEngine("HadoopCluster")),
    control("identity and intent", ofEngine("-identity created")),
    control("network and volumes", ofEngine(` ${last} creating`)),
    ...nodePath(seen, last),
    ...checkPath(seen),
    control("runner ends", events.at(-1)?.at ?? Number.NaN),
    control("engine ends", ofEngine("Duration:")),
    control("outputs read, report", up.endedAt),
  ];
  return marks;
}

/** One node from its container to its last daemon. */
function nodePath({ events, journals }: Observed, node: string): Mark[] {
  const journal = journals.get(node) ?? [];
  const ofJournal = (pattern: RegExp): number => journal.find(({ text }) => pattern.test(text))?.at ?? Number.NaN;
  const mark = (what: string, at: number): Mark => ({ at, what, where: node });
  const own = events.filter((event) => event.node === node);
  const steps = own.filter(({ stage, state }) => (stage === "prepare" || stage === "activate") && state !== "failed");
  // A task is told when it begins, so each text's part ends with the next one.
  const parts = steps.flatMap((event, at): Mark[] => {
    const next = steps[at + 1];
    return next === undefined ? [] : [mark(`${event.stage}: ${partOf(event)}`, next.at)];
  });
  return [
    mark("container made", ofJournal(/Journal started/)),
    mark("boots", ofJournal(/sshd.*Server listening/)),
    mark("first contact, enrolment", own.find(({ stage }) => stage === "machine")?.at ?? Number.NaN),
    mark("prepare: view and bundle sent", ofJournal(/Started muster-prepare-.*prepare/)),
    ...merged(parts),
  ];
}

/** Of a role the name is enough; of daemons, which. */
function partOf({ stage, state, text }: ProgressEvent): string {
  if (state === "started") return stage === "prepare" ? "Ansible starts" : "units loaded and enabled";
  if (stage === "prepare") return (text ?? "").replace(/:.*/, "");
  return (text ?? "").replace(/^Wait until this node's name.*/, "own name resolves").replace(/^(Rest|St)art /, "");
}

/** Neighbours of the same name are one; what is too short for a line goes with the next, under both names. */
function merged(parts: readonly Mark[]): Mark[] {
  const result: Mark[] = [];
  let begin = parts[0]?.at ?? 0;
  let names: string[] = [];
  parts.forEach((part, at) => {
    if (!names.includes(part.what)) names.push(part.what);
    if (parts[at + 1]?.what === part.what) return;
    if (part.at - begin < SHORT_MS && at < parts.length - 1) return;
    const [first = "", ...others] = names;
    result.push({ ...part, what: [first, ...others.map((name) => name.replace(/^\w+: /, ""))].join(", ") });
    begin = part.at;
    names = [];
  });
  return result;
}

/** From the check that ended last back to one that waited for none. */
function checkPath({ checks, events }: Observed): Mark[] {
  const begun = events.find(({ stage }) => stage === "verify")?.at;
  if (begun === undefined) return [];
  const path: Mark[] = [{ at: begun, what: "activate: daemons asked, marked as configured", where: CONTROL }];
  let pending = checks.toSorted((a, b) => a.at - b.at).at(-1);
  while (pending !== undefined) {
    const { check, result, at } = pending;
    path.push({ at, what: `verify: ${result.name}`, where: check.on[0] ?? "" });
    pending = checks
      .filter(({ check: other }) => check.after?.includes(other.name))
      .toSorted((a, b) => a.at - b.at)
      .at(-1);
  }
  return path;
}

/** When each node came to each point, beside the path. */
function byNode({ up, events, journals }: Observed): string {
  const nodes = [...journals.keys()].sort();
  const since = (at: number | undefined): string => (at === undefined ? "–" : ((at - up.startedAt) / 1000).toFixed(1));
  const rows = nodes.map((node) => {
    const own = events.filter((event) => event.node === node);
    const told = (stage: string, state: string): number | undefined =>
      own.find((event) => event.stage === stage && event.state === state)?.at;
    const journal = journals.get(node);
    const times = [
      journal?.[0]?.at,
      journal?.find(({ text }) => /sshd.*Server listening/.test(text))?.at,
      told("machine", "done"),
      told("prepare", "started"),
      told("activate", "started"),
      told("activate", "done"),
    ];
    return [node, ...times.map(since)];
  });
  return markdown(["node, reached at s", "boots", "sshd", "answers", "prepare", "activate", "configured"], rows);
}

function byCheck({ checks }: Observed): string {
  const rows = checks
    .toSorted((a, b) => b.result.seconds - a.result.seconds)
    .map(({ check, result }) => [result.name, String(check.on.length), result.seconds.toFixed(1)]);
  return markdown(["check", "nodes asked", "seconds"], rows);
}

const cluster = new BenchCluster();
try {
  await cluster.warm();
  const seen = await observe(cluster);
  const { seconds, cpuSeconds } = seen.up;
  const work = `${cpuSeconds.toFixed(1)} s on the control side and ${seen.hostsSeconds.toFixed(1)} s on the hosts`;
  const head = `Warm \`up\`: ${seconds.toFixed(1)} s; processors worked ${work}.`;
  process.stdout.write(
    `${[machineLine(), head, timelineTable(criticalPath(seen), seen.up.startedAt, seen.cpu), byNode(seen), byCheck(seen)].join("\n\n")}\n`,
  );
} finally {
  await cluster.remove();
}
