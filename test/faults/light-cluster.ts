import assert from "node:assert/strict";
import { findHost } from "../../components/clouds/local/host.ts";
import { hostName } from "../../components/clouds/local/tags.ts";
import { containerIds } from "../e2e/machine.ts";
import { OneCluster } from "../e2e/one-cluster.ts";
import { Inside } from "../hosts/inside.ts";

/** What would differ on a host if anybody had touched it. */
export interface Trace {
  container: string;
  /** Every daemon's unit with its invocation, which is another one after each start. */
  daemons: string;
  /** How often the host configured itself. */
  prepared: number;
  logins: number;
}

/** One cluster of hosts without services (names, time and firewall only) in a checkout of its own, and ways to harm it. */
export class LightCluster extends OneCluster {
  /** A node's full name from what follows the cluster's: `worker-1`. */
  node = (short: string): string => `${this.name}-${short}`;

  /** Podman's name of a node's host. */
  override host = (short: string): string => hostName(this.id, this.node(short));

  /** @param more Further fields of the cluster, as YAML in one line each. */
  configure(worker: string, ...more: string[]): void {
    this.describe(`pools: { master: 1, worker: ${worker} }`, "services: []", ...more);
  }

  /** The inside of a node's host as it runs now. */
  inside = (short: string): Inside => new Inside(this.host(short));

  /** What a shell line on a node, as root and without its sshd, prints. */
  sh = (short: string, line: string): Promise<string> => this.inside(short).sh(line);

  async trace(short: string): Promise<Trace> {
    const count = async (pattern: string, lines: string) =>
      Number(await this.sh(short, `${lines} | grep -c '${pattern}' || true`));
    const units = 'sed -n \'s/.*"unit": *"\\([^"]*\\)".*/\\1/p\' /etc/muster/daemons/*.json';
    return {
      container: (await containerIds(this.id))[this.host(short)] ?? "none",
      daemons: await this.sh(short, `systemctl show -p Id,InvocationID $(${units})`),
      prepared: await count("^PLAY RECAP", "cat /var/log/muster/prepare.log"),
      logins: await count("^Accepted ", "journalctl --no-pager -o cat -t sshd"),
    };
  }

  /** Fails when the host was touched since: a run that has other nodes to heal asks it once, no more. */
  async assertOnlyAsked(short: string, before: Trace): Promise<void> {
    assert.deepEqual(await this.trace(short), { ...before, logins: before.logins + 1 }, short);
  }

  /** Fails when not even a login was made. */
  async assertUntouched(short: string, before: Trace): Promise<void> {
    assert.deepEqual(await this.trace(short), before, short);
  }

  /** Whether podman says that a host runs. */
  isRunning = async (short: string): Promise<boolean> => (await findHost(this.host(short)))?.State === "running";
}
