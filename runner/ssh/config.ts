import type { Job, JobNode } from "../../contract/job.ts";

/** Files of `<clusterFolder>/ssh/`. */
export interface SshFiles {
  config: string;
  knownHosts: string;
  key: string;
  certificate: string;
}

/** Names, role names (`master`) and addresses that a node's host certificate is good for. */
export function hostPrincipals(node: JobNode): string[] {
  const { cluster, node: self } = node.view;
  const roles = node.roles.flatMap((role) => [role, `${role}.${cluster.domain}`]);
  return [...new Set([node.name, self.fqdn, ...roles, node.ssh.address, self.address])];
}

/** `ssh_config` by which every node can be reached under its name, through its bastion where it has one. */
export function sshConfig(job: Job, files: SshFiles): string {
  const first = `# Written by each run for cluster ${job.cluster.id}.\n`;
  const hosts = job.nodes.map((node) => {
    const { address, port, user, bastion, sameMachine } = node.ssh;
    return [
      `Host ${node.name} ${node.view.node.fqdn}`,
      `  HostName ${address}`,
      `  Port ${port}`,
      `  User ${user}`,
      // The host is known by its name, whatever its address is.
      `  HostKeyAlias ${node.name}`,
      ...(bastion === undefined ? [] : [`  ProxyJump ${bastion}`]),
      // Nobody can record it and wait for a quantum computer: 65 ms of a processor less a login. OpenSSL does this curve,
      // OpenSSH X25519 by itself: 5 ms more.
      ...(sameMachine === true ? ["  KexAlgorithms ^ecdh-sha2-nistp256"] : []),
    ].join("\n");
  });
  const rest = [
    "Host *",
    `  IdentityFile ${quoted(files.key)}`,
    `  CertificateFile ${quoted(files.certificate)}`,
    "  IdentitiesOnly yes",
    `  UserKnownHostsFile ${quoted(files.knownHosts)}`,
    "  GlobalKnownHostsFile /dev/null",
    "  StrictHostKeyChecking yes",
    "  UpdateHostKeys no",
    "  PasswordAuthentication no",
    "  KbdInteractiveAuthentication no",
    // Processors do AES by themselves: a bundle costs each side 10 ms less than with ssh's own first choice.
    "  Ciphers ^aes128-gcm@openssh.com",
    "  ConnectTimeout 10",
    "  ServerAliveInterval 15",
    "  ServerAliveCountMax 4",
    "",
  ].join("\n");
  return `${first}${[...hosts, rest].join("\n\n")}`;
}

/** `known_hosts`: only what the cluster's host CA signed is trusted, under the cluster's names. */
export function knownHosts(job: Job, hostCa: string): string {
  const names = job.nodes.flatMap((node) => [node.name, node.view.node.fqdn]);
  return names.length === 0 ? "" : `@cert-authority ${names.join(",")} ${hostCa.trim()}\n`;
}

function quoted(path: string): string {
  return `"${path.replaceAll("%", "%%")}"`;
}
