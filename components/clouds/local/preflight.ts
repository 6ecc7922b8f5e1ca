import type { ClusterPlan, NodePlan } from "../../../plan/cluster-plan.ts";
import { suggestion } from "../../../plan/config/nearest.ts";
import type { Mistake } from "../../../plan/mistake.ts";
import { networkClashes } from "../../../plan/network-clashes.ts";
import { versionsOf } from "../../images/recipe.ts";
import type { ObservedMachine } from "../cloud.ts";
import { BAKED_REPOSITORY, bakedName, imageName, storedName } from "./image-name.ts";
import type { Readings } from "./readings.ts";
import { TAG } from "../tags.ts";
import { networkName, volumeName } from "./tags.ts";

/** Oldest podman with the networks and the flags that hosts need. */
const OLDEST_PODMAN = [4, 3];

/** MiB: the image with its base, while it is made. */
const IMAGE_DISK = 1500;
/** MiB: what is installed on top of it, while it is baked. */
const BAKED_DISK = 500;
/** MiB that one host writes beside its data volume: packages, configuration, logs. */
const HOST_DISK = 500;

/** Inotify instances of one host, its supervisor on this machine included: measured. */
const INOTIFY_PER_HOST = 7;
/** For the machine itself. */
const INOTIFY_MARGIN = 20;

/** Characters: names of podman's things are names of files too, and some get an ending there. */
const LONGEST_NAME = 240;

/** What other clusters of the same run have been granted. */
export interface Granted {
  /** MiB. */
  memory: number;
  hosts: number;
  /** CIDRs with the names of their clusters. */
  subnets: { name: string; subnet: string }[];
}

/** Everything that keeps a plan from fitting on this machine. */
export function preflight(
  plan: ClusterPlan,
  observed: readonly ObservedMachine[],
  readings: Readings,
  granted: Granted,
): Mistake[] {
  const unusable = podmanMistakes(readings);
  if (unusable.length > 0)
    return unusable.map((mistake) => ({ ...mistake, path: `${plan.ref.name}: ${mistake.path}` }));
  const running = new Set(observed.filter((machine) => machine.running).map((machine) => machine.name));
  const fresh = plan.nodes.filter((node) => !running.has(node.name));
  const found = [
    ...nameMistakes(plan),
    ...memoryMistakes(plan, observed, fresh, readings, granted),
    ...diskMistakes(plan, observed, readings),
    ...inotifyMistakes(fresh, readings, granted),
    ...addressMistakes(plan, fresh, readings),
    ...imageMistakes(plan, readings),
    ...tunnelMistakes(plan),
  ].map((mistake) => ({ ...mistake, path: `${plan.ref.name}.${mistake.path}` }));
  return [...found, ...subnetMistakes(plan, observed, readings, granted)];
}

function imageMistakes({ spec }: ClusterPlan, { images }: Readings): Mistake[] {
  const { image } = spec;
  if (image === undefined || image === "baked" || storedName(image, images) !== undefined) return [];
  const names = ["baked", ...images.filter((name) => name.startsWith(`${BAKED_REPOSITORY}:`))];
  const allowed = `there is no such image on this machine; ${suggestion(image, names)}`;
  return [{ path: "image", found: JSON.stringify(image), allowed }];
}

/** Its far end would be reached through itself. */
function tunnelMistakes({ tunnel }: ClusterPlan): Mistake[] {
  if (tunnel === undefined) return [];
  return [
    { path: "services.vpn", found: "on", allowed: "this machine is in the hosts' network already: leave it out" },
  ];
}

function podmanMistakes({ podman }: Readings): Mistake[] {
  if (podman.missing.length > 0) {
    const names = podman.missing.join(", ");
    // Their packages are called as they are, on Debian and on Ubuntu.
    const packages = podman.missing.join(" ");
    return [{ path: "local hosts", found: `no ${names} on this machine`, allowed: `install: ${packages}` }];
  }
  if (podman.problem !== undefined) {
    const next = "hosts need podman as root: run as root, or let sudo run podman without a password";
    return [{ path: "local hosts", found: `podman does not answer: ${podman.problem}`, allowed: next }];
  }
  const { version = "0", networkBackend } = podman;
  if (older(version, OLDEST_PODMAN)) {
    return [{ path: "local hosts", found: `podman ${version}`, allowed: `podman ${OLDEST_PODMAN.join(".")} or newer` }];
  }
  if (networkBackend !== undefined && networkBackend !== "netavark") {
    const next = 'install netavark and set network_backend = "netavark" in containers.conf';
    return [{ path: "local hosts", found: `podman's network backend "${networkBackend}"`, allowed: next }];
  }
  return [];
}

function nameMistakes({ ref, nodes }: ClusterPlan): Mistake[] {
  const longest = Math.max(...nodes.map((node) => volumeName(ref.id, node.name).length));
  if (longest <= LONGEST_NAME) return [];
  const parts = `project (${ref.project.length} characters), stack (${ref.stack.length}), cluster (${ref.name.length}) and pools`;
  const found = `volumes with names of ${longest} characters`;
  return [{ path: "name", found, allowed: `at most ${LONGEST_NAME}: shorten the names of ${parts}` }];
}

function memoryMistakes(
  plan: ClusterPlan,
  observed: readonly ObservedMachine[],
  fresh: readonly NodePlan[],
  readings: Readings,
  granted: Granted,
): Mistake[] {
  if (fresh.length === 0) return [];
  const need = sum(plan.nodes.map((node) => node.size.memory));
  // What the cluster's own hosts hold already is theirs to use.
  const held = sum(observed.map((machine) => readings.memoryUsed[machine.id] ?? 0));
  const have = readings.memoryAvailable + held - granted.memory;
  if (need <= have) return [];
  const each = Math.max(0, Math.floor(have / plan.nodes.length));
  const smallest = Math.min(...plan.nodes.map((node) => node.size.memory));
  const fits = `what fits: ${plan.nodes.length} hosts of ${each} MiB, or ${Math.max(0, Math.floor(have / smallest))} of ${smallest} MiB`;
  return [{ path: "pools", found: `memory: need ${need} MiB, have ${have} MiB`, allowed: fits }];
}

/** Volumes are thin: they take space as data come. So the check is whether the largest of the new ones could be filled. */
function diskMistakes(plan: ClusterPlan, observed: readonly ObservedMachine[], readings: Readings): Mistake[] {
  const there = new Set(observed.map((machine) => machine.name));
  const volumes = new Set(readings.volumes);
  const hosts = plan.nodes.filter((node) => !there.has(node.name));
  const stores = plan.nodes.filter((node) => node.stateful && !volumes.has(volumeName(plan.ref.id, node.name)));
  if (hosts.length === 0 && stores.length === 0) return [];
  const made = [
    ...(readings.images.includes(imageName()) ? [] : [IMAGE_DISK]),
    ...(plan.spec.image !== "baked" || readings.images.includes(bakedName(versionsOf(plan.spec))) ? [] : [BAKED_DISK]),
  ];
  const fixed = sum(made) + hosts.length * HOST_DISK;
  const largest = Math.max(0, ...stores.map((node) => node.size.disk)) * 1024;
  const need = fixed + largest;
  const have = readings.diskFree;
  if (need <= have) return [];
  const fits = Math.floor((have - fixed) / 1024);
  const pool = stores.find((node) => node.size.disk * 1024 === largest)?.pool;
  return [
    {
      path: pool === undefined ? "pools" : `pools.${pool}.disk`,
      found: `disk: need ${need} MiB, have ${have} MiB free`,
      allowed: fits > 0 && largest > 0 ? `volumes of at most ${fits} GiB, or free some space` : "free some space",
    },
  ];
}

function inotifyMistakes(fresh: readonly NodePlan[], readings: Readings, granted: Granted): Mistake[] {
  if (fresh.length === 0) return [];
  const alive = readings.hosts.filter((host) => host.State === "running").length;
  const need = (alive + granted.hosts + fresh.length) * INOTIFY_PER_HOST + INOTIFY_MARGIN;
  const have = readings.inotifyInstances;
  if (need <= have) return [];
  const most = Math.max(0, Math.floor((have - INOTIFY_MARGIN) / INOTIFY_PER_HOST));
  const wanted = 2 ** Math.ceil(Math.log2(need));
  return [
    {
      path: "pools",
      found: `inotify instances: need ${need}, have ${have} (room for ${most} hosts on this machine)`,
      allowed: `as root: sysctl fs.inotify.max_user_instances=${wanted}`,
    },
  ];
}

/** Two on one address would answer in turns; podman itself keeps them apart only while it makes them. */
function addressMistakes({ ref }: ClusterPlan, fresh: readonly NodePlan[], { strangers }: Readings): Mistake[] {
  return strangers
    .filter(({ network }) => network === networkName(ref.id))
    .flatMap(({ name, address }) => {
      const node = fresh.find((one) => one.address === address);
      if (node === undefined) return [];
      const found = `${address}, the address of ${node.name}, is taken by container ${name}`;
      return [
        {
          path: "network",
          found,
          allowed: `remove it (podman rm --force ${name}), or move it to a network of its own`,
        },
      ];
    });
}

function subnetMistakes(
  plan: ClusterPlan,
  observed: readonly ObservedMachine[],
  readings: Readings,
  granted: Granted,
): Mistake[] {
  const { subnet } = plan.network;
  const own = readings.networks.find(
    (network) => network.name === networkName(plan.ref.id) && network.labels?.[TAG.cluster] === plan.ref.id,
  );
  const has = own?.subnets?.[0]?.subnet;
  if (has !== undefined && has !== subnet && observed.length > 0) {
    const next = `keep ${has} while the cluster stands, or take it down first`;
    return [
      { path: `${plan.ref.name}.subnet`, found: `${subnet}, but the cluster's hosts are in ${has}`, allowed: next },
    ];
  }
  const taken = [
    ...granted.subnets.map((other) => ({ subnet: other.subnet, owner: `cluster ${other.name}` })),
    ...readings.networks
      .filter((network) => network !== own)
      .flatMap(({ name, subnets }) =>
        (subnets ?? []).map((entry) => ({ subnet: entry.subnet, owner: `podman's network ${name}` })),
      ),
    ...readings.routes
      .filter((route) => route.device !== own?.network_interface)
      .map((route) => ({ subnet: route.subnet, owner: `a route of this machine by ${route.device}` })),
  ];
  return networkClashes(
    [plan],
    taken.filter((other) => !other.subnet.includes(":")),
  );
}

/** How many MiB and hosts a plan has been granted, for the clusters that are looked at after it. */
export function grant(plan: ClusterPlan, observed: readonly ObservedMachine[], readings: Readings): Granted {
  const held = sum(observed.map((machine) => readings.memoryUsed[machine.id] ?? 0));
  const running = new Set(observed.filter((machine) => machine.running).map((machine) => machine.name));
  return {
    memory: sum(plan.nodes.map((node) => node.size.memory)) - held,
    hosts: plan.nodes.filter((node) => !running.has(node.name)).length,
    subnets: [{ name: plan.ref.name, subnet: plan.network.subnet }],
  };
}

function older(version: string, than: readonly number[]): boolean {
  const parts = version.split(/[.-]/).map(Number);
  for (const [at, least] of than.entries()) {
    const part = parts[at] ?? 0;
    if (part !== least) return part < least;
  }
  return false;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
