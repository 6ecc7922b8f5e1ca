import { existsSync, readFileSync, statfsSync } from "node:fs";
import { availableParallelism, release } from "node:os";
import { dirname } from "node:path";
import { cacheFolder, stateFolder } from "../../contract/folders.ts";
import { bytes } from "../data/holdings.ts";
import { engineLocks, isDead } from "../engine/engine-locks.ts";
import { leftovers } from "../engine/engine-run.ts";
import { glanceAtState } from "../engine/recovery.ts";
import { stackFolder } from "../engine/stack-folder.ts";
import { cloudsInUse, sweepersFor } from "../clouds.ts";
import { exit } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { table } from "../progress/lines.ts";
import { quietly } from "../ssh.ts";
import { readProject, stackNames } from "../stacks.ts";
import { type Fitting, fittingOf, needsText } from "./capacity.ts";
import { isStray } from "./sweep.ts";

/** One thing that was looked at. */
interface Finding {
  ok: boolean;
  name: string;
  detail: string;
}

const good = (name: string, detail: string): Finding => ({ ok: true, name, detail });
const bad = (name: string, detail: string): Finding => ({ ok: false, name, detail });

/** With fewer, not even a small cluster of systemd hosts starts; how many it takes is counted before each run. */
const INOTIFY_INSTANCES = 64;
const GIB = 2 ** 30;

/** Looks at the toolchain, the machine, what earlier runs left, and whether the stack fits its cloud. Changes nothing; exit code 1 when something is wrong. */
export async function doctor(options: CommonOptions & { json?: boolean }): Promise<number> {
  const fitting = await fittingOf(options.stack);
  const findings = [
    ...(await tools()),
    ...machine(),
    ...stacks(),
    ...(await remains()),
    ...fits(options.stack, fitting),
  ];
  if (options.json === true) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
  else {
    const rows = findings.map(({ ok, name, detail }) => [ok ? "✔" : "✖", name, detail]);
    process.stdout.write(`${table(rows)}\n`);
    if (fitting.needs.length > 0) process.stdout.write(`\n${needsText(fitting.needs)}\n`);
  }
  return findings.every((finding) => finding.ok) ? exit.ready : exit.failed;
}

/** Whether a stack's clusters can be made where they are to stand. */
const fits = (stack: string, { against }: Fitting): Finding[] =>
  against.length === 0
    ? [good(`clusters of ${stack}`, "fit their cloud")]
    : against.map((reason) => bad(`clusters of ${stack}`, reason));

async function tools(): Promise<Finding[]> {
  const asked: [name: string, argv: string[]][] = [
    ["pulumi", ["pulumi", "version"]],
    ["podman", ["podman", "--version"]],
    ["ssh", ["ssh", "-V"]],
    ["python3", ["python3", "--version"]],
  ];
  const answers = await Promise.all(
    asked.map(async ([name, argv]) => {
      const { stdout, stderr, code } = await quietly(argv, 15);
      const [first = ""] = `${stdout}${stderr}`.trim().split("\n");
      return code === 0 ? good(name, first) : bad(name, first === "" ? "not found" : first);
    }),
  );
  return [good("node", process.version), ...answers];
}

function machine(): Finding[] {
  const memory = Number(/^MemAvailable:\s+(\d+)/m.exec(read("/proc/meminfo"))?.[1] ?? 0) * 1024;
  const inotify = Number(read("/proc/sys/fs/inotify/max_user_instances"));
  const cgroups = existsSync("/sys/fs/cgroup/cgroup.controllers") ? "version 2" : "version 1 or hybrid";
  return [
    good("machine", `Linux ${release()}, ${availableParallelism()} CPUs, cgroups ${cgroups}`),
    (memory < 4 * GIB ? bad : good)("memory", `${bytes(memory)} available`),
    disk("disk for state", stateFolder()),
    disk("disk for the cache", cacheFolder()),
    (inotify < INOTIFY_INSTANCES ? bad : good)(
      "inotify",
      inotify < INOTIFY_INSTANCES
        ? `${inotify} instances; raise with: sysctl -w fs.inotify.max_user_instances=512`
        : `${inotify} instances`,
    ),
  ];
}

function disk(name: string, folder: string): Finding {
  let there = folder;
  while (!existsSync(there)) there = dirname(there);
  const { bavail, bsize } = statfsSync(there);
  return (bavail * bsize < 5 * GIB ? bad : good)(name, `${bytes(bavail * bsize)} free in ${folder}`);
}

/** Locks of the dead, processes they left, creates they did not finish. */
function stacks(): Finding[] {
  const { name: project } = readProject();
  return stackNames().flatMap((stack) => {
    const dead = engineLocks(project, stack).filter((lock) => isDead(lock));
    const alive = engineLocks(project, stack).filter((lock) => !isDead(lock));
    const left = leftovers(stackFolder(stack));
    const { pendingCreates, resources } = glanceAtState(project, stack);
    const wrong = [
      ...dead.map((lock) => `lock of a dead process (pid ${lock.pid})`),
      ...(left.length > 0 ? [`${left.length} processes of a killed run`] : []),
      ...(pendingCreates > 0 ? [`${pendingCreates} unfinished creates`] : []),
    ];
    if (wrong.length > 0) return [bad(`stack ${stack}`, `${wrong.join(", ")}; the next up clears them`)];
    const busy = alive.map((lock) => `, in use by pid ${lock.pid} of ${lock.user} on ${lock.host}`);
    return [good(`stack ${stack}`, `${resources} resources${busy.join("")}`)];
  });
}

async function remains(): Promise<Finding[]> {
  const { name: project } = readProject();
  try {
    const things = (await Promise.all((await sweepersFor(cloudsInUse())).map((sweeper) => sweeper.list()))).flat();
    const stray = things.filter((thing) => isStray(thing, project));
    if (stray.length === 0) return [good("leftovers", "none")];
    return [bad("leftovers", `${stray.map((thing) => thing.name).join(", ")}; remove with: ./muster sweep`)];
  } catch (error) {
    return [bad("leftovers", error instanceof Error ? error.message : String(error))];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
