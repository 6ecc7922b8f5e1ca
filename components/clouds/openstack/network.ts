import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterIdentity } from "../../../contract/identity.ts";
import { addressRow } from "../../../plan/addressing.ts";
import type { CloudNetwork } from "../cloud.ts";
import { type Layout, policyOf } from "./needs.ts";
import { externalNetwork, oneOf, type Readings } from "./readings.ts";
import { markedName, markedPurpose, tagsOf } from "./tags.ts";
import { NETWORK_TIMEOUTS } from "./timeouts.ts";

/** Everything of a cluster that its machines share. */
export interface SharedThings extends CloudNetwork {
  networkId: pulumi.Input<string>;
  /** Names of the cluster's own security groups by key. */
  groups: ReadonlyMap<string, pulumi.Output<string>>;
  /** By pool, of pools whose machines keep apart. */
  serverGroups: ReadonlyMap<string, openstack.compute.ServerGroup>;
  /** By node name: the address to be associated with it. */
  floatingIps: ReadonlyMap<string, pulumi.Input<string>>;
  keyPair?: pulumi.Input<string>;
  /** What a floating IP needs before it can lead anywhere. */
  wayOut: pulumi.Resource[];
}

/** The children's options, with deadlines. */
type Opts = pulumi.CustomResourceOptions;

/** Network, subnet, router, security groups, server groups, addresses outside: what does not grow with the machines. */
export function shareThings(
  layout: Layout,
  readings: Readings,
  identity: pulumi.Output<ClusterIdentity>,
  given: Opts,
): SharedThings {
  const { plan, outside } = layout;
  const { id, name } = plan.ref;
  const uid = pulumi.unsecret(identity.apply((known) => known.uid));
  const tags = uid.apply((known) => tagsOf(id, known));
  // Another state folder would mark them otherwise: what was made keeps its marks.
  const opts: Opts = { customTimeouts: NETWORK_TIMEOUTS, ...given, ignoreChanges: ["tags", "description"] };
  const context: Context = { layout, readings, tags, opts };

  const network = networkOf(context);
  const groups = new Map(
    layout.groups.map((group) => {
      const made = new openstack.networking.SecGroup(
        `${name}-group-${group.key}`,
        {
          // Servers name their groups, so the name has to be one of a kind: also when an earlier cluster's is left.
          name: pulumi.interpolate`${id}.${group.key}.${uid.apply((known) => known.slice(0, 8))}`,
          description: markedName(id, group.key),
          deleteDefaultRules: true,
          tags,
        },
        opts,
      );
      for (const rule of group.rules) {
        new openstack.networking.SecGroupRule(
          `${name}-rule-${group.key}-${rule.key}`,
          {
            securityGroupId: made.id,
            direction: rule.direction,
            ethertype: "IPv4",
            remoteIpPrefix: rule.peer,
            description: markedPurpose(rule.purpose),
            ...(rule.protocol === undefined ? {} : { protocol: rule.protocol }),
            ...(rule.ports === undefined ? {} : { portRangeMin: rule.ports[0], portRangeMax: rule.ports[1] }),
          },
          { customTimeouts: NETWORK_TIMEOUTS, ...given },
        );
      }
      return [group.key, made] as const;
    }),
  );
  const floating = floatingIpsOf(context);
  const own = [...floating].flatMap(([node, made]) =>
    typeof made === "string" ? [] : [[node, made.address] as const],
  );
  return {
    ...network,
    resources: [...network.resources, ...groups.values()],
    groups: new Map([...groups].map(([key, group]) => [key, group.name])),
    serverGroups: serverGroupsOf(context),
    floatingIps: new Map([...floating].map(([node, made]) => [node, typeof made === "string" ? made : made.address])),
    ...keyPairOf(context),
    ...(own.length === 0 || outside.bastions.length === 0 ? {} : { addresses: pulumi.output(Object.fromEntries(own)) }),
  };
}

interface Context {
  layout: Layout;
  readings: Readings;
  tags: pulumi.Output<string[]>;
  opts: Opts;
}

function networkOf({
  layout,
  readings,
  tags,
  opts,
}: Context): Pick<SharedThings, "networkId" | "resources" | "wayOut"> {
  const { plan, options } = layout;
  const { id, name } = plan.ref;
  if (options.network !== undefined) {
    const existing = oneOf(readings.networks, options.network);
    if (existing === undefined) throw new Error(`network ${options.network} is gone since the preflight`);
    return { networkId: existing.id, resources: [], wayOut: [] };
  }
  const network = new openstack.networking.Network(
    `${name}-network`,
    { name: id, description: markedName(id, "network"), adminStateUp: true, tags },
    opts,
  );
  const resolvers = plan.spec.resolvers.length > 0 ? plan.spec.resolvers : options.resolvers;
  const [start, end] = addressRow(plan.network.subnet, 0);
  const subnet = new openstack.networking.Subnet(
    `${name}-subnet`,
    {
      name: id,
      networkId: network.id,
      cidr: plan.network.subnet,
      ipVersion: 4,
      gatewayIp: plan.network.gateway,
      enableDhcp: true,
      // The cloud's own ports take their addresses here, so that none of them has a node's.
      allocationPools: [{ start, end }],
      dnsNameservers: resolvers,
      tags,
    },
    opts,
  );
  const router = routerOf({ layout, readings, tags, opts });
  const wayOut = new openstack.networking.RouterInterface(
    `${name}-router-interface`,
    { routerId: router, subnetId: subnet.id },
    // It has no tags to ignore.
    { ...opts, ignoreChanges: [] },
  );
  // The interface is quicker than the first boot; only the metadata service needs it before.
  return { networkId: network.id, resources: [subnet, ...(options.configDrive ? [] : [wayOut])], wayOut: [wayOut] };
}

function routerOf({ layout, readings, tags, opts }: Context): pulumi.Input<string> {
  const { plan, options } = layout;
  const existing = options.router === undefined ? undefined : oneOf(readings.routers, options.router);
  if (existing !== undefined) return existing.id;
  const outside = externalNetwork(readings, options);
  const router = new openstack.networking.Router(
    `${plan.ref.name}-router`,
    {
      name: plan.ref.id,
      description: markedName(plan.ref.id, "router"),
      adminStateUp: true,
      ...(outside === undefined ? {} : { externalNetworkId: outside.id }),
      tags,
    },
    opts,
  );
  return router.id;
}

/** A reserved address is its own text; the others are made. */
function floatingIpsOf(context: Context): Map<string, string | openstack.networking.FloatingIp> {
  const { layout, readings, tags, opts } = context;
  const pool = externalNetwork(readings, layout.options)?.name ?? "";
  return new Map(
    [...layout.outside.public].map(([node, { reserved }]): [string, string | openstack.networking.FloatingIp] => {
      if (reserved !== undefined) return [node, reserved];
      const description = markedName(layout.plan.ref.id, node);
      return [node, new openstack.networking.FloatingIp(`${node}-address`, { pool, description, tags }, opts)];
    }),
  );
}

function serverGroupsOf({ layout, opts }: Context): Map<string, openstack.compute.ServerGroup> {
  const { plan, options } = layout;
  const pools = [...new Set(plan.nodes.map((node) => node.pool))].filter((pool) => policyOf(options, pool) !== "none");
  return new Map(
    pools.map((pool) => {
      const args = { name: markedName(plan.ref.id, pool), ...policies(policyOf(options, pool)) };
      const made = new openstack.compute.ServerGroup(`${plan.ref.name}-servers-${pool}`, args, {
        ...opts,
        // A group cannot change, and what is in it should not move for that.
        ignoreChanges: ["name", "policies"],
      });
      return [pool, made];
    }),
  );
}

/** The one field whose form the provider's next major version changes: from a list to a word. */
const policies = (policy: "soft" | "hard" | "none"): Pick<openstack.compute.ServerGroupArgs, "policies"> => ({
  policies: [policy === "hard" ? "anti-affinity" : "soft-anti-affinity"],
});

function keyPairOf({ layout, opts }: Context): Pick<SharedThings, "keyPair"> {
  const { plan, options } = layout;
  if (options.keyPair !== undefined) return { keyPair: options.keyPair };
  if (options.publicKey === undefined) return {};
  const made = new openstack.compute.Keypair(
    `${plan.ref.name}-key-pair`,
    // Without the public half the cloud would make a pair, and the private half would lie in the state.
    { name: markedName(plan.ref.id, "key"), publicKey: options.publicKey },
    { ...opts, ignoreChanges: ["name"] },
  );
  return { keyPair: made.name };
}
