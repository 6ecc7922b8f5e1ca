import { stringify } from "yaml";
import type { KeyPair } from "../../../contract/identity.ts";

/** Where a node's data goes: a volume, or a folder of its root disk that is a mount of its own. */
export type DataPlace = { kind: "volume"; id: string } | { kind: "rootDisk" };

/** What a machine has to know at its first boot, before anybody can log in. */
export interface FirstBoot {
  name: string;
  fqdn: string;
  loginUser: string;
  /** Whose certificates open it. */
  userCa: string;
  /** By which it is recognised until it has a key of its own. */
  hostKey: KeyPair;
  data?: DataPlace;
  /** Also the image's own user, for the key pair. */
  keyPair: boolean;
}

const CA_FILE = "/etc/ssh/muster_user_ca.pub";

/**
 * cloud-init's user data: the login user, whom to trust, the bootstrap host key, the mount of `/data`. Small, because
 * everything else comes with the bundle; secret, because it holds a private key; of no use after the first contact, at
 * which the machine makes a key of its own.
 */
export function userData(boot: FirstBoot): string {
  const login = { name: boot.loginUser, shell: "/bin/bash", sudo: "ALL=(ALL:ALL) NOPASSWD: ALL", lock_passwd: true };
  const content = {
    preserve_hostname: false,
    hostname: boot.name,
    fqdn: boot.fqdn,
    users: boot.keyPair ? ["default", login] : [login],
    disable_root: true,
    ssh_pwauth: false,
    // Only this one, or ssh would prefer another type, which nobody expects.
    ssh_deletekeys: true,
    ssh_genkeytypes: [],
    ssh_keys: { ed25519_private: boot.hostKey.private, ed25519_public: boot.hostKey.public },
    ssh: { emit_keys_to_console: false },
    no_ssh_fingerprints: true,
    write_files: [
      { path: CA_FILE, permissions: "0644", content: `${boot.userCa}\n` },
      {
        path: "/etc/ssh/sshd_config.d/10-muster.conf",
        permissions: "0644",
        content: `TrustedUserCAKeys ${CA_FILE}\n`,
      },
      ...(boot.data === undefined ? [] : dataFiles(boot.data)),
    ],
    ...(boot.data === undefined
      ? {}
      : {
          runcmd: [
            ["systemctl", "daemon-reload"],
            ["systemctl", "enable", "--now", "--no-block", DATA_UNIT],
          ],
        }),
  };
  return `#cloud-config\n${stringify(content, { lineWidth: 0 })}`;
}

const DATA_UNIT = "muster-data.service";
const MOUNT_PROGRAM = "/usr/local/lib/muster/mount-data";

function dataFiles(place: DataPlace): { path: string; permissions: string; content: string }[] {
  const program = place.kind === "volume" ? volumeProgram(place.id) : ROOT_DISK_PROGRAM;
  return [
    { path: MOUNT_PROGRAM, permissions: "0755", content: program },
    { path: `/etc/systemd/system/${DATA_UNIT}`, permissions: "0644", content: UNIT },
  ];
}

/** Tried until the volume is there: it is attached only when the machine runs. */
const UNIT = `[Unit]
Description=Mount of the node's data
StartLimitIntervalSec=0

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${MOUNT_PROGRAM}
Restart=on-failure
RestartSec=3

[Install]
WantedBy=multi-user.target
`;

/**
 * The disk is found by the volume's id, whose first 20 characters are its serial number: names such as vdb are given in
 * any order. A file system is made only on a disk on which there is nothing at all.
 */
const volumeProgram = (id: string): string => `#!/bin/sh
set -eu
mountpoint -q /data && exit 0
disk=
for link in /dev/disk/by-id/*[-_]${id.slice(0, 20)}*; do
  case $link in *-part[0-9]*) ;; *) [ ! -b "$link" ] || disk=$(readlink -f "$link") ;; esac
done
[ -n "$disk" ] || { echo "volume ${id} is not attached yet" >&2; exit 1; }
found=0
blkid -p "$disk" >/dev/null || found=$?
if [ $found -eq 2 ]; then
  mkfs.ext4 -q -m 0 -L muster-data "$disk"
elif [ $found -ne 0 ]; then
  echo "$disk cannot be read" >&2
  exit 1
fi
uuid=$(blkid -p -s UUID -o value "$disk")
mkdir -p /data
grep -q "^UUID=$uuid " /etc/fstab ||
  echo "UUID=$uuid /data ext4 defaults,nofail,x-systemd.device-timeout=120s 0 2" >>/etc/fstab
systemctl daemon-reload
mount /data
`;

/** Daemons that keep data start only where \`/data\` is a mount; what is below goes with the machine. */
const ROOT_DISK_PROGRAM = `#!/bin/sh
set -eu
mountpoint -q /data && exit 0
mkdir -p /data /var/lib/muster/data
grep -q " /data " /etc/fstab || echo "/var/lib/muster/data /data none bind 0 0" >>/etc/fstab
systemctl daemon-reload
mount /data
`;
