import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { PROJECT } from "../../components/clouds/local/image-name.ts";
import { podman } from "../../components/clouds/local/podman.ts";
import { takeReadings } from "../../components/clouds/local/readings.ts";
import { localSweeper } from "../../components/clouds/local/sweeper.ts";
import { freeSubnet, gatewayOf } from "../../plan/addressing.ts";

const execute = promisify(execFile);

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** A program to its end; no exception for its exit code. */
export async function end(file: string, args: string[], env: NodeJS.ProcessEnv = process.env): Promise<Ended> {
  try {
    return { code: 0, ...(await execute(file, args, { env })) };
  } catch (error) {
    const { code, stdout = "", stderr = "" } = error as { code?: number; stdout?: string; stderr?: string };
    return { code: typeof code === "number" ? code : 1, stdout, stderr };
  }
}

/** A cluster of hosts made by `muster-local` alone, with a state folder and keys of its own. */
export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), "muster-local-"));
  readonly clusterId = `local-test.${process.pid}.${Math.random().toString(36).slice(2, 8)}`;
  readonly network = this.clusterId;
  subnet = "";

  /** Keys, and a subnet that nobody uses. */
  async open(): Promise<void> {
    const { routes, networks } = await takeReadings();
    const taken = [...routes, ...networks.flatMap((other) => other.subnets ?? [])].map((other) => other.subnet);
    const wide = freeSubnet(
      taken.filter((subnet) => !subnet.includes(":")),
      this.clusterId,
    );
    assert.ok(wide);
    this.subnet = wide.replace(/\/\d+$/, "/24");
    for (const key of ["ca", "key"])
      await end("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(this.folder, key)]);
    await end("ssh-keygen", [
      "-q",
      "-s",
      join(this.folder, "ca"),
      "-I",
      "test",
      "-n",
      "tester",
      join(this.folder, "key.pub"),
    ]);
  }

  /** Removes everything that was made, through the same door that `muster sweep` uses. */
  async close(): Promise<void> {
    for (const thing of await this.things()) await localSweeper.remove(thing);
    rmSync(this.folder, { recursive: true });
  }

  things = async () => (await localSweeper.list()).filter((thing) => thing.clusterId === this.clusterId);

  node = (ordinal: number): string => `a-worker-${ordinal}`;
  host = (ordinal: number): string => `${this.clusterId}.${this.node(ordinal)}`;
  volume = (ordinal: number): string => `${this.host(ordinal)}-data`;
  address = (ordinal: number): string => gatewayOf(this.subnet).replace(/\d+$/, String(10 + ordinal));

  /** `muster-local` with a host's parameters. */
  run(ordinal: number, words: string[], other: Record<string, string> = {}): Promise<Ended> {
    const environment = {
      ...process.env,
      XDG_STATE_HOME: this.folder,
      CLUSTER_ID: this.clusterId,
      UID: "uid-1",
      NETWORK: this.network,
      SUBNET: this.subnet,
      GATEWAY: gatewayOf(this.subnet),
      VOLUME: this.volume(ordinal),
      HOST: this.host(ordinal),
      NODE: this.node(ordinal),
      FQDN: `${this.node(ordinal)}.a.internal`,
      KIND: "hadoop",
      POOL: "worker",
      ORDINAL: String(ordinal),
      ROLES: "worker",
      ADDRESS: this.address(ordinal),
      MEMORY: "256",
      CPUS: "1",
      GENERATION: "1",
      REVIVAL: "0",
      LOGIN_USER: "tester",
      USER_CA: readFileSync(join(this.folder, "ca.pub"), "utf8").trim(),
      ...other,
    };
    return end(process.execPath, [join(PROJECT, "components/clouds/local/main.ts"), ...words], environment);
  }

  /** What a successful run printed. */
  async ask(
    ordinal: number,
    words: string,
    other: Record<string, string> = {},
  ): Promise<{ id?: string; generation?: number }> {
    const { code, stdout, stderr } = await this.run(ordinal, words.split(" "), other);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as { id?: string; generation?: number };
  }

  /** The host's key, once it has one. */
  hostKey = (ordinal: number, generation = 1): Promise<string> =>
    eventually(async () => {
      const { code, stdout, stderr } = await this.run(ordinal, ["host-key", this.host(ordinal), String(generation)]);
      assert.equal(code, 0, stderr);
      return stdout.trim();
    });

  /** A command on a host by its pinned key and the user's certificate. */
  async ssh(ordinal: number, command: string, generation = 1): Promise<string> {
    const known = join(this.folder, `known-${ordinal}`);
    writeFileSync(known, `${this.address(ordinal)} ${await this.hostKey(ordinal, generation)}\n`);
    const options = [`UserKnownHostsFile=${known}`, "GlobalKnownHostsFile=none", "BatchMode=yes", "ConnectTimeout=5"];
    const args = ["-F", "none", ...options.flatMap((option) => ["-o", option]), "-i", join(this.folder, "key")];
    return await eventually(async () => {
      const { code, stdout, stderr } = await end("ssh", [...args, `tester@${this.address(ordinal)}`, command]);
      assert.equal(code, 0, stderr);
      return stdout.trim();
    });
  }

  podman = (...args: string[]): Promise<string> => podman(args);
}

/** The first success within 30 seconds; the last failure otherwise. */
export async function eventually<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (const until = Date.now() + 30_000; ; ) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}
