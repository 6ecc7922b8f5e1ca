import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { bootstrapHostKey } from "../../../contract/ssh-key.ts";
import type { MachineRequest } from "../cloud.ts";
import { TAG, dataResource } from "../tags.ts";
import { imageOf } from "./baking.ts";
import type { Layout } from "./needs.ts";
import type { SharedThings } from "./network.ts";
import type { Readings } from "./readings.ts";
import { groupsOf } from "./security-groups.ts";
import { tagsOf } from "./tags.ts";
import { machineTimeouts, NETWORK_TIMEOUTS, VOLUME_TIMEOUTS } from "./timeouts.ts";
import { type DataPlace, userData } from "./user-data.ts";

/** What a server is made with: a change concerns new ones only, until the old one is replaced by a new generation. */
const BIRTH_INPUTS = [
  "imageId",
  "flavorId",
  "userData",
  "keyPair",
  "blockDevices",
  "configDrive",
  "availabilityZone",
  "schedulerHints",
];

/**
 * One node's server, at its planned address; with its volume attached and its address outside, where it has these.
 * @param stands A server of the wanted generation is there: nothing that it was born with is to change.
 */
export function makeServer(
  layout: Layout,
  request: MachineRequest,
  shared: SharedThings,
  { readings, stands }: { readings: Readings; stands: boolean },
  given: pulumi.CustomResourceOptions,
): openstack.compute.Instance {
  const { plan, options, groups, outside } = layout;
  const { node } = request;
  const { id, kind } = plan.ref;
  const uid = pulumi.unsecret(request.identity.apply((known) => known.uid));
  const names = groupsOf(groups, outside, node).flatMap((key) => shared.groups.get(key) ?? []);
  const group = shared.serverGroups.get(node.pool);
  const zone = options.zones[(node.ordinal - 1) % options.zones.length];
  const volume = request.volume instanceof openstack.blockstorage.Volume ? request.volume : undefined;
  const server = new openstack.compute.Instance(
    node.name,
    {
      name: node.name,
      ...bootDisk(layout, request.image ?? imageOf(plan, readings)?.id ?? ""),
      flavorId: layout.flavors.get(node.pool)?.id ?? "",
      networks: [{ uuid: shared.networkId, fixedIpV4: node.address }],
      securityGroups: [...names, ...options.securityGroups],
      userData: pulumi.secret(firstBoot(layout, request, volume)),
      configDrive: options.configDrive,
      powerState: "active",
      metadata: {
        [TAG.cluster]: id,
        [TAG.uid]: uid,
        [TAG.kind]: kind,
        [TAG.node]: node.name,
        [TAG.pool]: node.pool,
        [TAG.ordinal]: String(node.ordinal),
        [TAG.roles]: node.roles.join(","),
        [TAG.generation]: String(request.generation),
        [TAG.address]: node.address,
      },
      tags: uid.apply((known) => tagsOf(id, known)),
      ...(group === undefined ? {} : { schedulerHints: [{ group: group.id }] }),
      ...(zone === undefined ? {} : { availabilityZone: zone }),
      ...(shared.keyPair === undefined ? {} : { keyPair: shared.keyPair }),
    },
    {
      customTimeouts: machineTimeouts(options.createTimeout),
      // Two cannot have one address.
      deleteBeforeReplace: true,
      ...given,
      ignoreChanges: [...(given.ignoreChanges ?? []), "tags", ...(stands ? BIRTH_INPUTS : [])],
      additionalSecretOutputs: ["userData"],
    },
  );
  const { parent, provider } = given;
  const child = { ...(parent === undefined ? {} : { parent }), ...(provider === undefined ? {} : { provider }) };
  if (volume !== undefined) {
    new openstack.compute.VolumeAttach(
      dataResource.attachment(node.name),
      { instanceId: server.id, volumeId: volume.id },
      { ...child, customTimeouts: VOLUME_TIMEOUTS, deleteBeforeReplace: true },
    );
  }
  const floatingIp = shared.floatingIps.get(node.name);
  if (floatingIp !== undefined) {
    const port = openstack.networking.getPortOutput(
      { deviceId: server.id, networkId: shared.networkId },
      provider === undefined ? {} : { provider },
    );
    new openstack.networking.FloatingIpAssociate(
      `${node.name}-address-association`,
      { floatingIp, portId: port.id },
      // Of a server that failed the engine would not know that it stands before a port that was asked for.
      { ...child, customTimeouts: NETWORK_TIMEOUTS, dependsOn: [...shared.wayOut, server] },
    );
  }
  return server;
}

function bootDisk(
  { options }: Layout,
  imageId: pulumi.Input<string>,
): Pick<openstack.compute.InstanceArgs, "imageId" | "blockDevices"> {
  if (options.rootVolume === undefined) return { imageId };
  const { size, type } = options.rootVolume;
  return {
    blockDevices: [
      {
        uuid: imageId,
        sourceType: "image",
        destinationType: "volume",
        volumeSize: size,
        ...(type === undefined ? {} : { volumeType: type }),
        bootIndex: 0,
        deleteOnTermination: true,
      },
    ],
  };
}

function firstBoot(
  { plan, options }: Layout,
  { node, identity, generation }: MachineRequest,
  volume: openstack.blockstorage.Volume | undefined,
): pulumi.Output<string> {
  return pulumi.all([identity, volume?.id]).apply(([known, volumeId]) => {
    const data: DataPlace | undefined =
      volumeId !== undefined ? { kind: "volume", id: volumeId } : node.stateful ? { kind: "rootDisk" } : undefined;
    return userData({
      name: node.name,
      fqdn: node.fqdn,
      loginUser: plan.spec.loginUser,
      userCa: known.userCa.public,
      hostKey: bootstrapHostKey(known.seed, node.name, generation),
      ...(data === undefined ? {} : { data }),
      keyPair: options.keyPair !== undefined || options.publicKey !== undefined,
    });
  });
}
