import type { ClusterPlan } from "../plan/cluster-plan.ts";
import type { Mistake } from "../plan/mistake.ts";
import type { ObservedMachine } from "./clouds/cloud.ts";
import type { ClusterMemory } from "./memory.ts";

type Counts = Record<string, number>;

/**
 * Wanted generation by node name: the highest ever known from memory and from the machine's tag, one more if the machine
 * was known and is missing, broken or to be made again; 1 for a new node. Names that are not planned keep what they had.
 */
export function wantedGenerations(
  planned: readonly string[],
  memory: ClusterMemory | undefined,
  observed: readonly ObservedMachine[],
  remake: readonly string[] = [],
): Counts {
  const there = new Set(observed.filter((machine) => machine.broken !== true).map((machine) => machine.name));
  const wanted: Counts = { ...memory?.generations };
  for (const { name, generation } of observed) wanted[name] = Math.max(wanted[name] ?? 0, generation);
  for (const name of planned) {
    const known = wanted[name] ?? 0;
    wanted[name] = there.has(name) && known > 0 && !remake.includes(name) ? known : known + 1;
  }
  return sorted(wanted);
}

/** It needs only to be started. */
export const isStopped = (machine: ObservedMachine): boolean => !machine.running && machine.broken !== true;

/** How often a node was found stopped: rises by one whenever it is, so that its resource's update starts it again. */
export function wantedRevivals(
  planned: readonly string[],
  memory: ClusterMemory | undefined,
  observed: readonly ObservedMachine[],
): Counts {
  const stopped = new Set(observed.filter(isStopped).map((machine) => machine.name));
  const wanted: Counts = { ...memory?.revivals };
  for (const name of planned) if (stopped.has(name)) wanted[name] = (wanted[name] ?? 0) + 1;
  return sorted(wanted);
}

/**
 * Data volumes to register, by node name. A member's is protected. A leaver's stays unprotected for at least one more
 * run, since the engine refuses to drop what is still protected in its state, and for as long as its machine is there:
 * a failed decommissioning keeps the machine, and then its data too.
 */
export function wantedVolumes(
  stateful: readonly string[],
  memory: ClusterMemory | undefined,
  observed: readonly ObservedMachine[],
): ClusterMemory["volumes"] {
  const machines = new Set(observed.map((machine) => machine.name));
  const members = new Set(stateful);
  const wanted: ClusterMemory["volumes"] = {};
  for (const [name, state] of Object.entries(memory?.volumes ?? {})) {
    if (!members.has(name) && (state === "protected" || machines.has(name))) wanted[name] = "retiring";
  }
  for (const name of stateful) wanted[name] = "protected";
  return sorted(wanted);
}

/**
 * Whether every planned machine is there, running, of its wanted generation, and was not restarted since the last
 * finished run.
 * @param finishedAt Milliseconds since the epoch; undefined when no run is known to have finished.
 */
export function machinesAsTheyShouldBe(
  planned: readonly string[],
  generations: Counts,
  observed: readonly ObservedMachine[],
  finishedAt: number | undefined,
): boolean {
  const machines = new Map(observed.map((machine) => [machine.name, machine]));
  return planned.every((name) => {
    const machine = machines.get(name);
    if (!machine?.running || machine.generation !== generations[name]) return false;
    return machine.startedAt === undefined || (finishedAt !== undefined && machine.startedAt <= finishedAt);
  });
}

/**
 * Refuses machines of another cluster under this one's name, and a cluster that would change its kind. A cluster of
 * which nothing is remembered has no machines yet: whatever stands there is somebody else's.
 * @param path config path of the cluster
 */
export function foreignMachines(
  plan: ClusterPlan,
  memory: ClusterMemory | undefined,
  observed: readonly ObservedMachine[],
  path: string,
): Mistake[] {
  const { kind, name, id } = plan.ref;
  const mistakes: Mistake[] = [];
  const kinds = new Set([
    ...(memory?.kind === undefined ? [] : [memory.kind]),
    ...observed.map((machine) => machine.kind),
  ]);
  kinds.delete(kind);
  for (const other of kinds) {
    mistakes.push({
      path: `${path}.kind`,
      found: `"${kind}", but what stands there is of kind "${other}"`,
      allowed: `a cluster never changes its kind: choose another name, or remove ${name} first`,
    });
  }
  const own = memory?.uid;
  const foreign = observed.filter((machine) => machine.uid !== own);
  if (foreign.length > 0) {
    const uids = [...new Set(foreign.map((machine) => machine.uid))];
    mistakes.push({
      path: `${path}.name`,
      found: `"${name}", but ${listed(foreign.map((machine) => machine.name).sort())} of another cluster of that name (uid ${listed(uids)}${own === undefined ? "" : `, not ${own}`})`,
      allowed: `choose another name: they may be another user's. What nobody needs, "muster sweep --everybodys" takes away (tagged ${id})`,
    });
  }
  return mistakes;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(", ");
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

/** Equal maps print equally: outputs and previews must not change with the order of observation. */
function sorted<Value>(map: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}
