import type { ClusterPlan, NodePlan } from "../../../plan/cluster-plan.ts";
import { suggestion } from "../../../plan/config/nearest.ts";
import type { Mistake } from "../../../plan/mistake.ts";
import type { Flavor, Image } from "./api/answers.ts";
import type { OpenStackOptions } from "./options.ts";
import type { Readings } from "./readings.ts";

/** Flavor by pool. */
export type Flavors = ReadonlyMap<string, Flavor>;

/** Each pool's flavor, as named or the smallest that has what the pool wants; and what is wrong with them. */
export function chooseFlavors(
  plan: ClusterPlan,
  options: OpenStackOptions,
  { flavors }: Readings,
): { flavors: Flavors; mistakes: Mistake[] } {
  const chosen = new Map<string, Flavor>();
  const mistakes: Mistake[] = [];
  for (const [pool, node] of firstOfPools(plan)) {
    const own = options.flavors[pool];
    const named = own ?? options.flavor;
    const path = own === undefined ? "muster:cloud.flavor" : `muster:cloud.flavors.${pool}`;
    const fits = flavors.filter((flavor) => isEnough(flavor, node)).sort(bySize);
    if (named === undefined) {
      const [smallest] = fits;
      if (smallest !== undefined) chosen.set(pool, smallest);
      else {
        const largest = [...flavors].sort(bySize).at(-1);
        const most =
          largest === undefined ? "there are no flavors" : `the largest, ${largest.name}, has ${sizeOf(largest)}`;
        const found = `${node.size.memory} MiB and ${node.size.cpus} CPUs`;
        mistakes.push({ path: `${plan.ref.name}.pools.${pool}`, found, allowed: `no flavor has as much: ${most}` });
      }
      continue;
    }
    const flavor = flavors.find(({ id, name }) => name === named || id === named);
    if (flavor === undefined) {
      const names = flavors.map(({ name }) => name).sort();
      mistakes.push({
        path,
        found: JSON.stringify(named),
        allowed: `there is no such flavor; ${suggestion(named, names)}`,
      });
    } else if (!isEnough(flavor, node)) {
      const fitting = fits.map(({ name }) => name);
      const allowed = `pool ${pool} of ${plan.ref.name} wants ${node.size.memory} MiB and ${node.size.cpus} CPUs; ${
        fitting.length > 0 ? `enough: ${fitting.slice(0, 5).join(", ")}` : "no flavor has as much"
      }`;
      mistakes.push({ path, found: `${flavor.name} with ${sizeOf(flavor)}`, allowed });
    } else chosen.set(pool, flavor);
  }
  return { flavors: chosen, mistakes };
}

const firstOfPools = (plan: ClusterPlan): Map<string, NodePlan> =>
  new Map([...plan.nodes].reverse().map((node) => [node.pool, node]));

const isEnough = ({ ram, vcpus }: Flavor, { size }: NodePlan): boolean => ram >= size.memory && vcpus >= size.cpus;
const sizeOf = ({ ram, vcpus, disk }: Flavor): string => `${ram} MiB, ${vcpus} CPUs, ${disk} GiB disk`;
const bySize = (a: Flavor, b: Flavor): number =>
  a.ram - b.ram || a.vcpus - b.vcpus || a.disk - b.disk || (a.name < b.name ? -1 : 1);

/** GiB of root disk and MiB of memory that an image needs. */
function needsOf(image: Image): { disk: number; ram: number } {
  const bytes = image.virtual_size ?? image.size ?? 0;
  return { disk: Math.max(image.min_disk, Math.ceil(bytes / 2 ** 30)), ram: image.min_ram };
}

/** Whether a server of a flavor can be made of an image. A flavor without a disk takes the image's size. */
export function fitsImage({ disk, ram }: Flavor, image: Image): boolean {
  const need = needsOf(image);
  return (disk === 0 || disk >= need.disk) && ram >= need.ram;
}

/**
 * Whether the image is there, and fits the flavors' disks and memory.
 * @param image What machines are to be made of. Default: the options' image.
 */
export function imageMistakes(
  options: OpenStackOptions,
  readings: Readings,
  flavors: Flavors,
  image: Image | undefined = readings.images[0],
): Mistake[] {
  const path = "muster:cloud.image";
  if (image === undefined) {
    const found = typeof options.image === "string" ? options.image : (options.image.name ?? "");
    const shown =
      typeof options.image === "string" ? JSON.stringify(options.image) : JSON.stringify(options.image, null, 0);
    const names = readings.otherImages;
    const there = names.length === 0 ? "this project sees no image at all" : suggestion(found, names);
    return [{ path, found: shown, allowed: `there is no such image; ${there}` }];
  }
  const need = needsOf(image);
  const name = image.name ?? image.id;
  return [...flavors].flatMap(([pool, flavor]) => {
    const disk = options.rootVolume?.size ?? flavor.disk;
    const lacks = [
      // A flavor without a disk takes the image's size.
      ...(disk > 0 && disk < need.disk
        ? [`${need.disk} GiB of disk, ${options.rootVolume ? "rootVolume" : flavor.name} has ${disk}`]
        : []),
      ...(flavor.ram < need.ram ? [`${need.ram} MiB of memory, ${flavor.name} has ${flavor.ram}`] : []),
    ];
    return lacks.map((lack) => ({ path, found: `${name} for pool ${pool}`, allowed: `it needs ${lack}` }));
  });
}
