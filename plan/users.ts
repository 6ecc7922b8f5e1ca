import type { UserView } from "../contract/node-view.ts";
import { hashNumber } from "./hash.ts";
import type { UserSpec } from "./spec.ts";

/** User ids that are derived from names; above Debian's usual first users, below systemd's dynamic ones. */
const FIRST_UID = 20000;
const UIDS = 40000;

/** Users of the system or of services: not for people. */
const RESERVED = new Set(
  (
    "root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc nobody sshd messagebus admin sudo " +
    "systemd-network systemd-resolve systemd-timesync dnsmasq chrony polkitd hadoop hdfs yarn mapred spark alluxio hive hbase " +
    "munge slurm ganglia gluster kube etcd prometheus"
  ).split(" "),
);

export const isReservedUser = (name: string): boolean => RESERVED.has(name);

/** A user's id: the wanted one, else by hash of the name, so that it never depends on the other users. */
export const uidOf = (user: UserSpec): number => user.uid ?? FIRST_UID + hashNumber(`user ${user.name}`, UIDS);

/** Users as nodes see them, in order of their names. */
export function userViews(users: readonly UserSpec[]): UserView[] {
  return [...users]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((user) => ({ name: user.name, uid: uidOf(user), sshKeys: user.sshKeys, sudo: user.sudo }));
}
