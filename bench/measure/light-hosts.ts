import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ensureImage } from "../../components/clouds/local/image.ts";
import { hostFlags } from "../../components/clouds/local/machine-needs.ts";
import { readMachine } from "../../components/clouds/local/machine.ts";
import { podman } from "../../components/clouds/local/podman.ts";
import { labelFlags, networkName } from "../../components/clouds/local/tags.ts";
import { TAG } from "../../components/clouds/tags.ts";
import { stateId } from "../../contract/folders.ts";
import type { Job, JobNode } from "../../contract/job.ts";
import type { Bundle } from "../../runner/bundle/index.ts";
import { newIdentity } from "../../runner/identity.ts";
import { bootstrapHostKey } from "../../contract/ssh-key.ts";
import { answersTcp } from "../../runner/ssh/reach.ts";
import { makeFakeBundle } from "../../test/runner/fake-bundle.ts";
import { workerNode } from "../../test/runner/worker-node.ts";
import { TestHosts } from "../../test/hosts/test-hosts.ts";
import { whenStopped } from "./stopping.ts";

const bootMs = 120_000;

/**
 * Hosts without systemd: many sshd in one container, each with its own address, processes, keys and folders. What the
 * agent asks systemd for is done by two small scripts. Good for how the runner fans out, for nothing else.
 */
export class LightHosts {
  readonly identity = newIdentity();
  readonly nodes: JobNode[] = [];
  readonly #hosts = new TestHosts("fan-out", { userCa: this.identity.userCa.public, uid: this.identity.uid });

  get state(): string {
    return this.#hosts.folder;
  }

  /** Podman's name of the container that all of them are in. */
  get container(): string {
    return this.#hosts.host("all");
  }

  /**
   * @param nodeSeconds how long each takes to be prepared
   * @param sameMachine whether the runner knows that they are on its machine, as the local cloud's hosts are
   */
  async open(count: number, nodeSeconds: number, sameMachine: boolean): Promise<void> {
    whenStopped(this.close);
    await this.#hosts.open();
    for (let index = 1; index <= count; index += 1) {
      const node = workerNode(index, "", 1, this.#hosts.subnet);
      const near = sameMachine ? { sameMachine } : {};
      this.nodes.push({ ...node, ssh: { ...node.ssh, ...near, hostKey: { kind: "derived" } } });
    }
    const given = this.#write(nodeSeconds);
    const tags = { [TAG.state]: stateId(), [TAG.cluster]: this.#hosts.clusterId, [TAG.node]: "all" };
    const how = [
      "--detach",
      "--pull=never",
      "--stop-signal=KILL",
      "--cap-add=SYS_ADMIN,NET_ADMIN",
      "--pids-limit",
      "0",
      "--security-opt",
    ];
    const where = ["--network", networkName(this.#hosts.clusterId), "--ip", this.#hosts.address(5)];
    await podman([
      ...["run", ...how, "seccomp=unconfined", ...hostFlags(await readMachine()), ...where, ...labelFlags(tags)],
      ...["--name", this.container, "--volume", `${given}:/given:ro`, "--entrypoint", "/bin/sh"],
      ...[await ensureImage(), "/given/start"],
    ]);
    await Promise.all(this.nodes.map(({ ssh }) => answers(ssh.address)));
  }

  job(bundle: string): Job {
    const { clusterId } = this.#hosts;
    const count = this.nodes.length;
    return {
      ...{
        format: 1,
        nodes: this.nodes,
        bundle,
        artifacts: [],
        leave: [],
        maxUnavailable: 1,
        checks: [],
        endpoints: {},
      },
      cluster: { id: clusterId, project: "bench", stack: "dev", name: "live", kind: "hadoop", cloud: "local" },
      pools: [{ name: "worker", count, minReady: count }],
      deadlines: { machine: 300, converge: 300, leave: 60, verify: 60, total: 900 },
    };
  }

  /** A bundle that only waits, and is as large as the real one is. */
  bundle(size: number): Bundle {
    return makeFakeBundle(this.state, "", size);
  }

  close = (): Promise<void> => this.#hosts.close();

  #write(nodeSeconds: number): string {
    const folder = join(this.state, "given");
    mkdirSync(join(folder, "keys"), { recursive: true });
    const file = (name: string, text: string, mode = 0o755): void => writeFileSync(join(folder, name), text, { mode });
    for (const { name, generation } of this.nodes) {
      const key = bootstrapHostKey(this.identity.seed, name, generation);
      file(`keys/${name}`, key.private, 0o600);
      file(`keys/${name}.pub`, `${key.public}\n`);
    }
    file("user_ca.pub", `${this.identity.userCa.public}\n`);
    file("start", START.replace("SECONDS", String(nodeSeconds)));
    file("host", HOST);
    file("systemctl", SYSTEMCTL);
    file("systemd-run", SYSTEMD_RUN);
    file("nodes", this.nodes.map(({ name, ssh }) => `${name} ${ssh.address}\n`).join(""));
    return folder;
  }
}

async function answers(address: string): Promise<void> {
  const until = Date.now() + bootMs;
  while (!(await answersTcp(address, 22, 1000))) {
    if (Date.now() > until) throw new Error(`no sshd at ${address} after ${bootMs / 1000} s`);
    await pause(200);
  }
}

/** The container's first process. */
const START = `set -eu
useradd --create-home --shell /bin/bash muster
echo "muster ALL=(ALL:ALL) NOPASSWD: ALL" >/etc/sudoers.d/muster-login
cp /given/user_ca.pub /etc/ssh/muster_user_ca.pub
cp /given/systemctl /given/systemd-run /usr/local/bin/
mkdir -p /hosts /etc/muster /opt/muster /var/lib/muster /var/log/muster
echo SECONDS >/etc/muster/slow
mount -t tmpfs tmpfs /hosts
# Each knows its own name, as hosts do: sudo asks for it, and a question to DNS that is lost is asked again after 5 s.
while read -r node address; do echo "$address $node"; done </given/nodes >>/etc/hosts
while read -r node address; do
  ip address add "$address/24" dev eth0
  unshare --mount --uts --pid --fork --mount-proc --kill-child sh /given/host "$node" "$address" &
done </given/nodes
wait
`;

/** One host: its own copies of what the runner writes. */
const HOST = `set -eu
for folder in /etc/ssh /etc/muster /opt/muster /var/lib/muster /var/log/muster /home/muster /run; do
  mkdir -p "/hosts/$1$folder"
  cp -a "$folder/." "/hosts/$1$folder/"
  mount --bind "/hosts/$1$folder" "$folder"
done
hostname "$1"
chown muster:muster /home/muster
cp "/given/keys/$1" /etc/ssh/ssh_host_ed25519_key
cp "/given/keys/$1.pub" /etc/ssh/ssh_host_ed25519_key.pub
chmod 600 /etc/ssh/ssh_host_ed25519_key
mkdir -p /run/sshd
exec /usr/sbin/sshd -D -o "ListenAddress=$2" -o PidFile=/run/sshd.pid
`;

/**
 * As much of it as is asked: everything runs, and \`reload\` reaches sshd. That is every process' last parent here, and may
 * miss one's end while it reads its settings again: what is only waited for (Z) has ended. The shell does all of it by
 * itself, so that it costs no more than the real one.
 */
const SYSTEMCTL = `#!/bin/sh
exec 2>/dev/null
case "$*" in
  "is-active muster-"*)
    read -r step </run/muster-step.pid
    while read -r key value _; do
      [ "$key" = State: ] && [ "$value" != Z ] && echo active && exit
    done <"/proc/$step/status"
    echo inactive ;;
  "is-active --quiet"*) ;;
  is-active*) echo active ;;
  "reload ssh.service") kill -HUP "$(cat /run/sshd.pid)" ;;
  show*) echo muster ;;
esac
`;

/** The command goes on by itself; its number is what \`systemctl is-active\` looks at. */
const SYSTEMD_RUN = `#!/bin/sh
while :; do
  case $1 in
    --setenv=*) export "\${1#--setenv=}" ;;
    -p) shift ;;
    -*) ;;
    *) break ;;
  esac
  shift
done
setsid "$@" >/dev/null 2>&1 </dev/null &
echo $! >/run/muster-step.pid
`;
