import { subnetsOverlap } from "../../../plan/addressing.ts";
import { suggestion } from "../../../plan/config/nearest.ts";
import type { Mistake } from "../../../plan/mistake.ts";
import type { ObservedMachine } from "../cloud.ts";
import { TAG } from "../tags.ts";
import { bakeryOf, imageOf, imageToBe } from "./baking.ts";
import { quotaMistakes } from "./capacity.ts";
import type { Amounts, Layout } from "./needs.ts";
import { reservedMistakes } from "./outside.ts";
import { externalNetwork, oneOf, type Readings } from "./readings.ts";
import { imageMistakes } from "./sizes.ts";
import { unknown } from "./unknown.ts";
import { LONGEST_ID, valueIn } from "./tags.ts";

/**
 * Everything that keeps a plan from being made on this cloud, before the first thing of it is.
 * @param others What other clusters of the same run will take.
 */
export function preflight(
  layout: Layout,
  observed: readonly ObservedMachine[],
  readings: Readings,
  others: Amounts,
): Mistake[] {
  return [
    ...identityMistakes(layout),
    ...entryMistakes(layout),
    ...outsideMistakes(layout, observed, readings),
    ...tunnelMistakes(layout),
    ...networkMistakes(layout, observed, readings),
    ...nameMistakes(layout, readings),
    ...bakedMistakes(layout, readings),
    ...imageMistakes(layout.options, readings, layout.flavors, imageToBe(layout.plan, layout.options, readings)),
    ...volumeMistakes(layout, readings),
    ...quotaMistakes(layout, observed, readings, others),
  ];
}

function identityMistakes({ plan }: Layout): Mistake[] {
  const { id, name } = plan.ref;
  if (id.length <= LONGEST_ID) return [];
  const allowed = `the names of project, stack and cluster have at most ${LONGEST_ID} characters together, to fit into a tag`;
  return [{ path: `${name}.name`, found: `${id}, ${id.length} characters`, allowed }];
}

/** Without a network to come from nobody could log in, this program least of all. */
function entryMistakes({ plan }: Layout): Mistake[] {
  if (plan.spec.adminNetworks.length > 0) return [];
  const allowed = "the networks that SSH comes from, yours among them, e.g. 203.0.113.7/32: nothing else is let in";
  return [{ path: `${plan.ref.name}.adminNetworks`, found: "none", allowed }];
}

function outsideMistakes(layout: Layout, observed: readonly ObservedMachine[], readings: Readings): Mistake[] {
  const { plan, options, outside } = layout;
  const mistakes = reservedMistakes(plan, options);
  const there = new Set(observed.map(({ name }) => name));
  for (const [node, { reserved }] of outside.public) {
    if (reserved === undefined) continue;
    const path = `muster:cloud.floatingIps`;
    const found = readings.floatingIps.find((one) => one.floating_ip_address === reserved);
    if (found === undefined) {
      const free = readings.floatingIps.filter(({ port_id: port }) => !port).map((one) => one.floating_ip_address);
      const allowed = `not reserved in this project; ${free.length > 0 ? `free: ${free.slice(0, 5).join(", ")}` : "none is free"}`;
      mistakes.push({ path, found: reserved, allowed });
    } else if (found.port_id && !there.has(node)) {
      mistakes.push({ path, found: reserved, allowed: "it is in use by another machine: give a free one" });
    }
  }
  const wanted = [...outside.public.values()].some(({ reserved }) => reserved === undefined);
  const routed = options.network === undefined && options.router === undefined;
  if ((!wanted && !routed) || externalNetwork(readings, options) !== undefined) return mistakes;
  const names = readings.networks.filter((one) => one["router:external"]).map(({ name }) => name);
  const found = options.externalNetwork === undefined ? "none named" : JSON.stringify(options.externalNetwork);
  const allowed =
    names.length === 0 ? "this project sees no external network" : suggestion(options.externalNetwork ?? "", names);
  return [...mistakes, { path: "muster:cloud.externalNetwork", found, allowed }];
}

/** Its far end has to have an address that does not lie behind it. */
function tunnelMistakes({ plan, outside }: Layout): Mistake[] {
  const { tunnel, ref } = plan;
  if (tunnel === undefined || outside.public.has(tunnel.node)) return [];
  const allowed = `the VPN leads to ${tunnel.node}: give that one an address outside, or leave vpn out`;
  return [{ path: "muster:cloud.floatingIps", found: `none for ${tunnel.node} of ${ref.id}`, allowed }];
}

function networkMistakes(layout: Layout, observed: readonly ObservedMachine[], readings: Readings): Mistake[] {
  const { plan, options } = layout;
  const own = readings.networks.find(({ tags }) => valueIn(tags, TAG.cluster) === plan.ref.id);
  const moves = observed.length > 0 && (options.network === undefined) !== (own !== undefined);
  if (moves) {
    const stand = own === undefined ? "in a network that was there before" : `in their own network ${own.name}`;
    const allowed = `the cluster's machines are ${stand}: keep it, or take the cluster down first`;
    return [{ path: "muster:cloud.network", found: options.network ?? "none", allowed }];
  }
  if (options.network !== undefined) return existingNetworkMistakes(layout, options.network, observed, readings);
  const { subnet } = plan.network;
  const has = readings.subnets.find(({ network_id: id }) => own !== undefined && id === own.id)?.cidr;
  if (has !== undefined && has !== subnet && observed.length > 0) {
    const allowed = `keep ${has} while the cluster stands, or take it down first`;
    return [{ path: `${plan.ref.name}.subnet`, found: `${subnet}, but the cluster's machines are in ${has}`, allowed }];
  }
  if (options.router === undefined || oneOf(readings.routers, options.router) !== undefined) return [];
  const names = readings.routers.map(({ name }) => name);
  return [unknown("muster:cloud.router", options.router, names)];
}

function existingNetworkMistakes(
  { plan }: Layout,
  name: string,
  observed: readonly ObservedMachine[],
  readings: Readings,
): Mistake[] {
  const network = oneOf(readings.networks, name);
  if (network === undefined) {
    const names = readings.networks.filter((one) => !one["router:external"]).map((one) => one.name);
    return [unknown("muster:cloud.network", name, names)];
  }
  const subnets = readings.subnets.filter(({ network_id: id }) => id === network.id);
  const path = `${plan.ref.name}.subnet`;
  if (!subnets.some(({ cidr }) => cidr === plan.network.subnet)) {
    const cidrs = subnets.filter(({ cidr }) => !cidr.includes(":")).map(({ cidr }) => cidr);
    const near = cidrs.find((cidr) => subnetsOverlap(cidr, plan.network.subnet));
    const allowed =
      cidrs.length === 0 ? `network ${name} has no IPv4 subnet` : `network ${name} has ${near ?? cidrs.join(", ")}`;
    return [{ path, found: plan.network.subnet, allowed }];
  }
  const own = new Set(observed.map(({ id }) => id));
  const taken = new Set(
    readings.ports
      .filter(({ device_id: device }) => !own.has(device))
      .flatMap(({ fixed_ips: addresses }) => addresses.map((one) => one.ip_address)),
  );
  const clashes = plan.nodes
    .filter(({ address }) => taken.has(address))
    .map((node) => `${node.address} (${node.name})`);
  if (clashes.length === 0) return [];
  const allowed = `addresses follow from pool and number: use another subnet, or free them`;
  return [{ path, found: `addresses in use by others: ${clashes.slice(0, 5).join(", ")}`, allowed }];
}

/** Whether an image can be baked that is not there yet. Which one it is made of, is an option of the cloud here. */
function bakedMistakes({ plan, options }: Layout, readings: Readings): Mistake[] {
  const { image } = plan.spec;
  if (image === undefined) return [];
  if (image === "baked") {
    if (readings.images.length === 0 || imageOf(plan, readings) !== undefined) return [];
    const bakery = bakeryOf(options, readings);
    return Array.isArray(bakery) ? bakery : [];
  }
  const allowed = "on OpenStack baked, or leave it out; an image's name belongs in muster:cloud.image";
  return [{ path: `${plan.ref.name}.image`, found: JSON.stringify(image), allowed }];
}

/** What the options name has to be there. */
function nameMistakes({ options }: Layout, readings: Readings): Mistake[] {
  const zones = options.zones.filter((zone) => !readings.zones.includes(zone));
  const groups = options.securityGroups.filter((group) => oneOf(readings.securityGroups, group) === undefined);
  const { keyPair } = options;
  return [
    ...zones.map((zone) => unknown("muster:cloud.zones", zone, readings.zones)),
    ...groups.map((group) =>
      unknown(
        "muster:cloud.securityGroups",
        group,
        readings.securityGroups.map(({ name }) => name),
      ),
    ),
    ...(keyPair === undefined || readings.keyPairs.includes(keyPair)
      ? []
      : [unknown("muster:cloud.keyPair", keyPair, readings.keyPairs)]),
  ];
}

function volumeMistakes({ plan, options }: Layout, readings: Readings): Mistake[] {
  if (readings.volumes !== undefined) return [];
  const wanted = options.dataVolumes !== false && plan.nodes.some((node) => node.stateful);
  return [
    ...(wanted
      ? [
          {
            path: "muster:cloud.dataVolumes",
            found: "volumes for data",
            allowed: "this cloud has no volumes; with false data is on the machines' root disks, and goes with them",
          },
        ]
      : []),
    ...(options.rootVolume === undefined
      ? []
      : [{ path: "muster:cloud.rootVolume", found: "set", allowed: "this cloud has no volumes: leave it out" }]),
  ];
}
