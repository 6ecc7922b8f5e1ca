import type { TaggedThing } from "../cloud.ts";
import type { Port } from "./api/answers.ts";
import type { OpenStackApi } from "./api/client.ts";
import { isMarkedPurpose, ownerOf, type Tagged } from "./tags.ts";

/** Ports by which a router is plugged into a subnet; with DVR and with HA they are called otherwise. */
const PLUGS = /^network:(router_interface|ha_router_replicated_interface)/;

/** Whether a router is plugged into a subnet by this port. */
export const isPlug = ({ device_owner }: Pick<Port, "device_owner">): boolean => PLUGS.test(device_owner);

/** Subnets, plugs and rules of the networks, routers and groups that the engine knows, which it does not know. */
export async function unknownParts(api: OpenStackApi, known: ReadonlySet<string>): Promise<TaggedThing[]> {
  const [networks, subnets, routers, groups] = await Promise.all([
    api.networks(),
    api.subnets(),
    api.routers(),
    api.securityGroups(),
  ]);
  const cluster = (one: Tagged): string | undefined => (known.has(one.id) ? ownerOf(one)?.clusterId : undefined);
  const subnetsOf = networks.flatMap((network) => {
    const clusterId = cluster(network);
    if (clusterId === undefined) return [];
    const own = subnets.filter(
      ({ id, name, network_id }) => network_id === network.id && name === clusterId && !known.has(id),
    );
    return own.map(({ id, name }): TaggedThing => ({ kind: "subnet", id, name, clusterId }));
  });
  const rules = groups.flatMap((group) => {
    const clusterId = cluster(group);
    if (clusterId === undefined) return [];
    const own = group.security_group_rules.filter(
      ({ id, description }) => isMarkedPurpose(description) && !known.has(id),
    );
    return own.map(({ id }): TaggedThing => ({ kind: "security group rule", id, name: group.name, clusterId }));
  });
  const plugs = await Promise.all(
    routers.map(async (router) => {
      const clusterId = cluster(router);
      if (clusterId === undefined) return [];
      const ports = (await api.ports({ device_id: router.id })).filter(
        ({ id, device_owner, fixed_ips }) =>
          isPlug({ device_owner }) && !known.has(id) && fixed_ips.some(({ subnet_id }) => known.has(subnet_id ?? "")),
      );
      return ports.map(({ id }): TaggedThing => ({ kind: "router interface", id, name: router.name, clusterId }));
    }),
  );
  return [...subnetsOf, ...rules, ...plugs.flat()];
}
