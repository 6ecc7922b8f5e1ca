import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { cacheFolder } from "../../contract/folders.ts";
import type { Job } from "../../contract/job.ts";
import { findPython } from "../../runner/wheels/python.ts";
import { readKit } from "../../runner/bundle/kit.ts";
import { nodeInputs } from "../../runner/converge/inputs.ts";
import { certify } from "../../runner/ssh/certificate.ts";
import { ed25519KeyPair } from "../../contract/ssh-key.ts";
import { type Account, accounted } from "../measure/accounted.ts";
import type { ClusterIdentity } from "../../contract/identity.ts";
import type { Inside } from "../../test/hosts/inside.ts";

/** Hosts that wait for their roles. */
export interface Pushed {
  identity: ClusterIdentity;
  job: (bundle: string) => Job;
  /** Another way into a host than the one that is measured. */
  inside: (node: string) => Pick<Inside, "sh" | "write">;
}

const PROJECT = join(import.meta.dirname, "../..");
const RUN = "from ansible.cli.playbook import main; main()";

/** The kit's own versions as an operator has them: with their compiled parts. Installed once. */
async function installAnsible(): Promise<string> {
  const wanted = readKit().wheels;
  const version = wanted.find(({ name }) => name === "ansible-core")?.version ?? "";
  // Compiled parts fit one Python.
  const { stdout: python } = await execa(await findPython(), ["--version"]);
  const folder = join(cacheFolder(), "bench", `ansible-core-${version}-${python.replace(" ", "-").toLowerCase()}`);
  if (existsSync(folder)) return folder;
  mkdirSync(join(folder, ".."), { recursive: true });
  const draft = mkdtempSync(`${folder}.new-`);
  const packages = wanted.map(({ name, version: exact }) => `${name}==${exact}`);
  await execa(await findPython(), ["-m", "pip", "install", "--quiet", "--no-deps", "--target", draft, ...packages]);
  renameSync(draft, folder);
  return folder;
}

/** What `bin/prepare` gives to the roles on the node, per host; and how each is reached. */
async function inventory(hosts: Pushed, job: Job, key: string): Promise<object> {
  const entries = job.nodes.map(async (node) => {
    const { view, secrets } = nodeInputs(job, node, hosts.identity, []);
    const inside = hosts.inside(node.name);
    const release = await inside.sh(". /etc/os-release; echo $ID $VERSION_ID; dpkg --print-architecture");
    const [id, version, architecture] = release.split(/\s+/);
    // A program of the roles reads it, as on a node that the runner configures.
    await inside.write("/etc/muster/cluster.json", JSON.stringify(view));
    const { cluster, masters, users, services } = view;
    const parts = { cluster, node: view.node, masters, users, services, members: view.members ?? [] };
    const distribution = { id, version, architecture, container: true };
    const reach = { ansible_host: node.ssh.address, ...throughBastion(job, node.ssh.bastion, key) };
    return [node.name, { ...reach, view, secrets, distribution, ...parts }] as const;
  });
  return { all: { hosts: Object.fromEntries(await Promise.all(entries)) } };
}

/** How Ansible is told to go through another host, where it has to. */
function throughBastion(job: Job, name: string | undefined, key: string): object {
  const bastion = job.nodes.find((node) => node.name === name)?.ssh;
  if (bastion === undefined) return {};
  const options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR";
  const command = `ssh -W %h:%p -i ${key} ${options} ${bastion.user}@${bastion.address}`;
  return { ansible_ssh_common_args: `-o ProxyCommand="${command}"` };
}

/** Key and certificate to log in with, in a folder. */
export function operatorKey({ identity }: Pick<Pushed, "identity">, folder: string): string {
  const { public: publicKey, private: privateKey } = ed25519KeyPair("operator");
  const file = join(folder, "id_ed25519");
  const now = BigInt(Math.floor(Date.now() / 1000));
  const validity = { validAfter: now - 3600n, validBefore: now + 36000n };
  const request = { kind: "user" as const, publicKey, keyId: "operator", principals: ["muster"], ...validity };
  writeFileSync(file, privateKey, { mode: 0o600 });
  writeFileSync(`${file}-cert.pub`, `${certify(request, identity.userCa.private)}\n`);
  return file;
}

/**
 * How the roles' trees of files are pushed: by Ansible's own modules, a file at a time, as roles are usually written; or
 * each tree in one call of a module made for it.
 */
export type Way = "files" | "trees";

/** The same roles with the same variables, pushed by `ansible-playbook`. Everything it reads is there before the clock starts. */
export async function push(hosts: Pushed, way: Way): Promise<Account> {
  const ansible = await installAnsible();
  const job = hosts.job("none");
  const folder = mkdtempSync(join(tmpdir(), "muster-push-"));
  try {
    const roles = job.nodes[0]?.view.apply ?? [];
    if (job.nodes.some(({ view }) => view.apply.join() !== roles.join()))
      throw new Error("not all nodes have one list of roles");
    const key = operatorKey(hosts, folder);
    writeFileSync(join(folder, "hosts.json"), JSON.stringify(await inventory(hosts, job, key)), { mode: 0o600 });
    writeFileSync(join(folder, "site.json"), JSON.stringify([{ hosts: "all", gather_facts: false, roles }]));
    const env = {
      PYTHONPATH: ansible,
      MUSTER_PUSH: way,
      ANSIBLE_CONFIG: join(PROJECT, "bench/push/ansible.cfg"),
      ANSIBLE_HOME: join(folder, "home"),
      ANSIBLE_SSH_CONTROL_PATH_DIR: join(folder, "cp"),
      ANSIBLE_PRIVATE_KEY_FILE: key,
    };
    const files = ["-i", join(folder, "hosts.json"), join(folder, "site.json")];
    return await accounted([await findPython(), "-c", RUN, ...files], { env });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
