import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterIdentity } from "../../contract/identity.ts";

/** Image with systemd, sshd, sudo and python3 that the hosts of these tests are made from. */
export const baseImage = process.env.MUSTER_TEST_IMAGE;
const prefix = process.env.MUSTER_TEST_PREFIX ?? "muster-test-runner";
const subnet = process.env.MUSTER_TEST_SUBNET ?? "10.95.1";
const network = `${prefix}-net`;
const image = `localhost/${prefix}-host:0`;
const ulimits = ["--ulimit", "nofile=20000:20000", "--ulimit", "nproc=30000:30000"];

export function podman(...args: string[]): string {
  return execFileSync("podman", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

function quietly(...args: string[]): void {
  try {
    podman(...args);
  } catch {
    // It was not there.
  }
}

export const hostName = (node: string): string => `${prefix}-${node}`;
export const addressOf = (index: number): string => `${subnet}.${10 + index}`;

const containerfile = (from: string): string => `FROM ${from}
RUN useradd -m -s /bin/bash muster && echo 'muster ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/muster && rm -f /etc/ssh/ssh_host_* \\
 && mkdir -p /etc/systemd/system/ssh.service.d && printf '[Service]\\nExecStartPre=\\nExecStartPre=/usr/bin/ssh-keygen -A\\nExecStartPre=/usr/sbin/sshd -t\\n' >/etc/systemd/system/ssh.service.d/keys.conf \\
 && systemctl mask systemd-udevd.service chrony.service dnsmasq.service getty.target
`;

/** Removes what an earlier, interrupted test left, then makes image and network. */
export function prepareHosts(): void {
  removeHosts();
  const folder = mkdtempSync(join(tmpdir(), "muster-runner-image-"));
  writeFileSync(join(folder, "Containerfile"), containerfile(baseImage ?? ""));
  podman("build", "-q", ...ulimits, "-t", image, folder);
  rmSync(folder, { recursive: true });
  podman("network", "create", "--subnet", `${subnet}.0/24`, network);
}

export function removeHosts(): void {
  const names = podman("ps", "-aq", "--filter", `label=muster-test=${prefix}`).split("\n").filter(Boolean);
  if (names.length > 0) podman("rm", "-f", "-t", "0", ...names);
  quietly("network", "rm", network);
}

/** A host that trusts the identity's user CA from its first boot, and makes its own host keys then. */
export function startHost(node: string, index: number, identity: ClusterIdentity): void {
  const name = hostName(node);
  const options = ["--systemd=always", "--privileged", "--pids-limit", "0", "--hostname", node, ...ulimits];
  podman(
    "create",
    ...options,
    "--label",
    `muster-test=${prefix}`,
    "--name",
    name,
    "--network",
    `${network}:ip=${addressOf(index)}`,
    image,
  );
  const folder = mkdtempSync(join(tmpdir(), "muster-runner-host-"));
  writeFileSync(join(folder, "ca"), `${identity.userCa.public}\n`);
  writeFileSync(join(folder, "conf"), "TrustedUserCAKeys /etc/ssh/muster_user_ca.pub\n");
  podman("cp", join(folder, "ca"), `${name}:/etc/ssh/muster_user_ca.pub`);
  podman("cp", join(folder, "conf"), `${name}:/etc/ssh/sshd_config.d/20-first-login.conf`);
  rmSync(folder, { recursive: true });
  podman("start", name);
}

export function onHost(node: string, script: string): string {
  return podman("exec", hostName(node), "sh", "-c", script);
}
