import { existsSync, readFileSync } from "node:fs";
import type { Job } from "../contract/job.ts";
import { formattedServices, lastRun, type JournalEntry } from "../contract/journal.ts";
import type { ClusterPlan } from "../plan/cluster-plan.ts";
import type { Mistake } from "../plan/mistake.ts";
import type { AnyService, ServiceRegistry } from "../plan/service.ts";
import { services as allServices } from "../plan/services/index.ts";
import { jobFile } from "./cluster-files.ts";

/** A node and what it carries. */
interface Home {
  name: string;
  daemons: readonly string[];
}

/** Refuses what {@link movedStores} finds, by what this machine knows of the cluster's last run. */
export function refuseMovedStores(plan: ClusterPlan, journal: readonly JournalEntry[], path: string): Mistake[] {
  const formatted = formattedServices(journal);
  const job = lastRun(journal)?.job;
  const file = job === undefined ? undefined : jobFile(plan.ref.id, job);
  if (formatted.length === 0 || file === undefined || !existsSync(file)) return [];
  const { nodes } = JSON.parse(readFileSync(file, "utf8")) as Job;
  return movedStores(
    plan,
    nodes.map(({ name, view }) => ({ name, daemons: view.node.daemons })),
    formatted,
    path,
  );
}

/** Whether what there is is kept by a daemon of which there is one, or by several together. */
function keepers(service: AnyService | undefined): [together: boolean, daemons: string[]] {
  const stores = Object.entries(service?.daemons ?? {}).filter(([, one]) => one.stateful === true && !one.rebuildable);
  const single = stores.filter(([, { instances }]) => instances === "one");
  return single.length > 0 ? [false, single.map(([name]) => name)] : [true, stores.map(([name]) => name)];
}

/**
 * Daemons that keep what there is only once, on another node than until now, or on none: there the data would not be,
 * and where it is it would be taken away with its node.
 * @param before Where the daemons were.
 * @param formatted Services whose store was ever formatted.
 * @param path config path of the cluster
 */
export function movedStores(
  plan: ClusterPlan,
  before: readonly Home[],
  formatted: readonly string[],
  path: string,
  registry: ServiceRegistry = allServices,
): Mistake[] {
  const homeOf = (daemon: string, nodes: readonly Home[]): string | undefined =>
    nodes.find(({ daemons }) => daemons.includes(daemon))?.name;
  return formatted.flatMap((service) => {
    const [together, daemons] = keepers(registry[service]);
    return daemons.flatMap((daemon) => {
      const was = homeOf(daemon, before);
      const now = homeOf(daemon, plan.nodes);
      // Of several that keep it together some may come and go: whether they can, they say when they are to leave.
      if (was === undefined || was === now || (together && now !== undefined)) return [];
      return [
        {
          path: now === undefined ? `${path}.services.${service}` : `${path}.pools`,
          found: now === undefined ? `no ${daemon} any more` : `${daemon} on ${now}`,
          allowed:
            `its data is on ${was}${together ? " and its like" : ""} and does not move by itself: leave the pools so that ${daemon} stays there, ` +
            "or give the data up with `muster down --delete-data` first",
        },
      ];
    });
  });
}
