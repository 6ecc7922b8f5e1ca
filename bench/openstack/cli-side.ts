import type { GroupPlan, GroupRule } from "../../components/clouds/openstack/security-groups.ts";
import { groupsOf, securityGroups } from "../../components/clouds/openstack/security-groups.ts";
import { outsideOf } from "../../components/clouds/openstack/outside.ts";
import type { ClusterPlan } from "../../plan/cluster-plan.ts";
import { SERVER_IMAGE } from "../../test/openstack/place.ts";

/** Where the script finds each server's user data, and leaves the floating IP. */
export const FOLDER = "/root/cli-side";

/**
 * The machines of a plan by OpenStack's own command line, as somebody in a hurry would write it: everything that can be
 * done at once is.
 */
export function cliScript(plan: ClusterPlan): string {
  const outside = outsideOf(plan, { floatingIps: {} });
  const groups = securityGroups(plan, outside);
  const { name } = plan.ref;
  const [bastion = ""] = outside.bastions;
  const servers = plan.nodes.map((node) => {
    const own = groupsOf(groups, outside, node).map((key) => `--security-group ${name}-${key}`);
    const nic = `--nic net-id=$network,v4-fixed-ip=${node.address}`;
    const birth = `--image ${SERVER_IMAGE} --flavor small --config-drive True --user-data ${FOLDER}/${node.name}`;
    return `ask server create --wait ${birth} ${nic} ${own.join(" ")} ${node.name} &`;
  });
  return [
    "set -eu",
    `ask() { openstack "$@" >/dev/null 2>>${FOLDER}/errors || echo "$*" >>${FOLDER}/failed; }`,
    `together() { wait; [ ! -e ${FOLDER}/failed ] || { cat ${FOLDER}/failed ${FOLDER}/errors >&2; exit 1; }; }`,
    `openstack network create ${name} -f value -c id >${FOLDER}/network &`,
    `openstack floating ip create public -f value -c floating_ip_address >${FOLDER}/address &`,
    `ask router create ${name} &`,
    ...groups.map(({ key }) => `ask security group create ${name}-${key} &`),
    "together",
    `network=$(cat ${FOLDER}/network)`,
    `ask subnet create --network ${name} --subnet-range ${plan.network.subnet} ${name} &`,
    `ask router set --external-gateway public ${name} &`,
    "together",
    `ask router add subnet ${name} ${name} &`,
    ...groups.flatMap((group) => rulesOf(name, group)),
    ...servers,
    "together",
    `ask server add floating ip ${bastion} "$(cat ${FOLDER}/address)"`,
    "together",
    "",
  ].join("\n");
}

/** New groups let everything out already. */
const rulesOf = (name: string, { key, rules }: GroupPlan): string[] =>
  rules
    .filter(({ direction }) => direction === "ingress")
    .map((rule) => `ask security group rule create --ingress ${matching(rule)} ${name}-${key} &`);

const matching = ({ protocol, ports, peer }: GroupRule): string =>
  [
    ...(protocol === undefined ? [] : [`--protocol ${protocol}`]),
    ...(ports === undefined ? [] : [`--dst-port ${ports.join(":")}`]),
    `--remote-ip ${peer}`,
  ].join(" ");
