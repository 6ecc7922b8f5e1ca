import { versionsOf } from "../../images/recipe.ts";
import type { ClusterPlan } from "../../../plan/cluster-plan.ts";
import { suggestion } from "../../../plan/config/nearest.ts";
import type { Mistake } from "../../../plan/mistake.ts";
import type { Flavor, Image, Network } from "./api/answers.ts";
import { bakedName, recipeOf } from "./baked-name.ts";
import type { OpenStackOptions } from "./options.ts";
import { externalNetwork, oneOf, type Readings } from "./readings.ts";
import { fitsImage } from "./sizes.ts";
import { unknown } from "./unknown.ts";

/** MiB: a smaller server would take long to install, or fail at it. */
const LEAST_MEMORY = 1024;

/** What Packer needs to make a server from which it takes an image. */
export interface Bakery {
  base: Image;
  flavor: Flavor;
  network: Network;
  /** Absent where the server's own address is reached from here. */
  external?: Network;
}

/** The name of the image that a plan wants baked; undefined when it wants none, or its base is not there. */
export function wantedBaked({ spec }: ClusterPlan, { images: [base] }: Readings): string | undefined {
  if (spec.image !== "baked" || base === undefined) return undefined;
  return bakedName(recipeOf(base, versionsOf(spec)));
}

/** What a plan's new machines are made of; undefined where that is still to be baked, or is not there. */
export function imageOf(plan: ClusterPlan, readings: Readings): Image | undefined {
  if (plan.spec.image !== "baked") return readings.images[0];
  const name = wantedBaked(plan, readings);
  return readings.baked.find((image) => image.name === name);
}

/** Where images are baked, or what keeps them from being. */
export function bakeryOf(options: OpenStackOptions, readings: Readings): Bakery | Mistake[] {
  const { bake } = options;
  const mistakes: Mistake[] = [];
  const refuse = (path: string, found: string | undefined, allowed: string): void =>
    void mistakes.push({
      path: `muster:cloud.${path}`,
      found: found === undefined ? "none" : JSON.stringify(found),
      allowed,
    });
  const [base] = readings.images;
  const wanted = bake.network ?? options.network;
  const network = wanted === undefined ? undefined : oneOf(readings.networks, wanted);
  if (network === undefined) {
    const names = readings.networks.filter((one) => !one["router:external"]).map(({ name }) => name);
    const needed = "an existing network, with a way to packages, in which an image can be baked";
    if (wanted === undefined) refuse("bake.network", wanted, `${needed}; ${suggestion("", names)}`);
    else mistakes.push(unknown("muster:cloud.bake.network", wanted, names));
  }
  const external = bake.floatingIp ? externalNetwork(readings, options) : undefined;
  if (bake.floatingIp && external === undefined)
    refuse(
      "externalNetwork",
      options.externalNetwork,
      "where the server in which an image is baked gets its floating IP",
    );
  const groups = readings.securityGroups.map(({ name }) => name);
  for (const group of groupsOf(options).filter((name) => oneOf(readings.securityGroups, name) === undefined))
    mistakes.push(unknown("muster:cloud.bake.securityGroups", group, groups));
  const flavor = base === undefined ? undefined : flavorOf(options, readings, base);
  if (base !== undefined && flavor === undefined) {
    const names = readings.flavors.filter((one) => fitsImage(one, base)).map(({ name }) => name);
    const named = bake.flavor ?? options.flavor;
    refuse("bake.flavor", named, `one with room for ${base.name ?? base.id}; ${suggestion(named ?? "", names)}`);
  }
  if (base === undefined || flavor === undefined || network === undefined || mistakes.length > 0) return mistakes;
  return { base, flavor, network, ...(external === undefined ? {} : { external }) };
}

/** Security groups of the server in which an image is baked. */
export const groupsOf = ({ bake, securityGroups }: OpenStackOptions): string[] =>
  bake.securityGroups.length > 0 ? bake.securityGroups : securityGroups;

function flavorOf(options: OpenStackOptions, { flavors }: Readings, base: Image): Flavor | undefined {
  const named = options.bake.flavor ?? options.flavor;
  const fits = flavors.filter((flavor) => fitsImage(flavor, base));
  if (named !== undefined) return oneOf(fits, named);
  // Its disk is what all that are made of the image need.
  const enough = fits.filter(({ ram }) => ram >= LEAST_MEMORY);
  return enough.sort((a, b) => a.disk - b.disk || a.ram - b.ram || a.vcpus - b.vcpus)[0];
}

/** What a plan asks of machines' disks and memory by its image, there or not yet. */
export function imageToBe(plan: ClusterPlan, options: OpenStackOptions, readings: Readings): Image | undefined {
  const there = imageOf(plan, readings);
  if (there !== undefined || plan.spec.image !== "baked") return there;
  const bakery = bakeryOf(options, readings);
  if (Array.isArray(bakery)) return readings.images[0];
  return { ...bakery.base, min_disk: Math.max(bakery.base.min_disk, bakery.flavor.disk) };
}
